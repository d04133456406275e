import { queryOptions } from '@tanstack/react-query';
import { post, type Wire } from '../api/client';
import { literal } from '../tracking/experiments';

/** The most runs that are laid side by side. */
export const runsMax = 100;

/** Which runs: some, or those that a query finds. */
export type RunSource = { runs: string[] } | { experiments: string[]; filter?: string | undefined; order?: string | undefined; limit: number };

/** A run with everything that can be compared without asking more. */
export interface ComparedRun {
  id: string;
  name: string;
  experiment: string;
  status: string;
  start: number | null;
  end: number | null;
  params: Map<string, string>;
  metrics: Map<string, number>;
  /** Metrics that were logged after their first step: those have a curve. */
  curved: Set<string>;
  tags: Map<string, string>;
  datasets: { name: string; digest: string; context: string; source: string }[];
}

/** The runs of a source, in its order. */
export function comparedRuns(source: RunSource) {
  return queryOptions({ queryKey: ['compare', 'runs', source], queryFn: ({ signal }) => ('runs' in source ? byId(source.runs, signal) : found(source, signal)) });
}

async function byId(ids: readonly string[], signal: AbortSignal): Promise<ComparedRun[]> {
  if (ids.length === 0) return [];
  const wanted = [...new Set(ids)].slice(0, runsMax);
  const rows = await post('/api/slipway/v1/runs/rows', { run_ids: wanted, columns: ['attributes.experiment_id'] }, { signal });
  const experiments = [...new Set(((rows.rows as unknown as (string | null)[][] | undefined)?.[0] ?? []).filter((one) => one !== null))];
  if (experiments.length === 0) return [];
  const filter = `attributes.run_id IN (${wanted.map(literal).join(', ')})`;
  const page = await post('/api/2.0/mlflow/runs/search', { experiment_ids: experiments, filter, max_results: runsMax, run_view_type: 'ALL' }, { signal });
  const read = new Map((page.runs ?? []).map((run) => [run.info?.run_id, compared(run)]));
  return wanted.flatMap((id) => read.get(id) ?? []);
}

async function found(source: Exclude<RunSource, { runs: string[] }>, signal: AbortSignal): Promise<ComparedRun[]> {
  const order = (source.order ?? '').trim();
  const page = await post(
    '/api/2.0/mlflow/runs/search',
    { experiment_ids: source.experiments, filter: source.filter, order_by: order === '' ? undefined : [order], max_results: Math.min(runsMax, source.limit) },
    { signal },
  );
  return (page.runs ?? []).map(compared);
}

function compared({ info, data, inputs }: Wire['Run']): ComparedRun {
  return {
    id: info?.run_id ?? '',
    name: info?.run_name || (info?.run_id ?? '').slice(0, 8),
    experiment: info?.experiment_id ?? '',
    status: info?.status ?? '',
    start: info?.start_time ?? null,
    end: info?.end_time ?? null,
    params: new Map((data?.params ?? []).map((one) => [one.key ?? '', one.value ?? ''])),
    metrics: new Map((data?.metrics ?? []).map((one) => [one.key ?? '', Number(one.value)])),
    curved: new Set((data?.metrics ?? []).flatMap((one) => (Number(one.step ?? 0) > 0 && one.key !== undefined ? [one.key] : []))),
    tags: new Map((data?.tags ?? []).map((one) => [one.key ?? '', one.value ?? ''])),
    datasets: (inputs?.dataset_inputs ?? []).map(({ dataset, tags }) => ({
      name: dataset?.name ?? '',
      digest: dataset?.digest ?? '',
      source: dataset?.source ?? '',
      context: tags?.find((one) => one.key === 'mlflow.data.context')?.value ?? '',
    })),
  };
}
