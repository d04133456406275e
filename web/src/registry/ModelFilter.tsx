import FilterEditor from '../tracking/FilterEditor';
import { offerWords } from './filterWords';

interface Props {
  value: string;
  of: 'models' | 'prompts' | 'versions';
  /** Keys of tags that are known here. */
  tags: readonly string[];
  problem: { text: string; at: number | null } | null;
  apply: (text: string) => void;
}

const examples = { models: "Find by name, or filter: tags.team = 'blue' AND alias = 'champion'", prompts: "Find by name, or filter: tags.team = 'blue'", versions: "Filter: current_stage = 'Staging' AND tags.validated = 'yes'" };

/** A part of a name, or a filter of the registry, with its words offered. */
export default function ModelFilter({ value, of, tags, problem, apply }: Props) {
  return <FilterEditor value={value} label={`Filter of ${of}`} placeholder={examples[of]} problem={problem} apply={apply} offer={(context) => offerWords(context, of === 'versions', tags)} />;
}
