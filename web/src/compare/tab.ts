import type { ComparedRun } from './runs';
import type { CompareSearch } from './search';

/** What every tab of a comparison is given. */
export interface TabProps {
  runs: readonly ComparedRun[];
  search: CompareSearch;
  /** Changes the address; `quietly` without a step back to it, for what changes while a finger moves. */
  change: (to: Partial<CompareSearch>, quietly?: boolean) => void;
}
