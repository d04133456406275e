import { useQuery } from '@tanstack/react-query';
import { packageQuery } from '../registry/models';
import { mainArm } from './endpoints';
import { exampleOf, exampleQuery, type Example } from './example';
import { firstTensor, firstText, isTabular, type Input } from './signature';
import type { Endpoint } from './wire';

/** What an endpoint takes, as its main version says, and what a form begins with. */
export interface Taken {
  inputs: readonly Input[];
  example: Example;
  /** Whether the example is the model's own. */
  own: boolean;
  loading: boolean;
  error: unknown;
}

const nothing: readonly Input[] = [];

/** The signature of the arm that most requests go to, and its input example; where it has none, noughts. */
export function useSignature(of: Endpoint): Taken {
  const arm = mainArm(of);
  const [model, version] = [arm?.model ?? '', arm?.serving_version ?? arm?.version ?? ''];
  const made = useQuery({ ...packageQuery(model, version), enabled: version !== '', retry: false });
  const path = made.data?.input_example;
  const saved = useQuery(exampleQuery(model, version, path));
  const inputs = made.data?.inputs ?? nothing;
  const own = saved.data === undefined || inputs.length === 0 ? null : exampleOf(saved.data, inputs);
  return { inputs, example: own ?? firstExample(inputs), own: own !== null, loading: (version !== '' && made.isPending) || (path !== undefined && saved.isPending), error: made.error };
}

function firstExample(inputs: readonly Input[]): Example {
  return isTabular(inputs) ? { rows: [inputs.map(firstText)], tensors: [] } : { rows: [], tensors: inputs.map((input) => JSON.stringify(firstTensor(input))) };
}
