import { count } from '../ui/format';
import './home.css';

/** The counts of runs in each state, as the wire names them. */
export type Counts = Partial<Record<'RUNNING' | 'FINISHED' | 'FAILED' | 'KILLED' | 'SCHEDULED', number>>;

const states = [
  ['RUNNING', 'running', '--accent'],
  ['FINISHED', 'finished', '--good'],
  ['FAILED', 'failed', '--bad'],
  ['KILLED', 'killed', '--warn'],
  ['SCHEDULED', 'scheduled', '--line-strong'],
] as const;

/** How many runs there are, and in which states: a bar to look at, the numbers to read. */
export function RunCounts({ runs }: { runs: Counts | undefined }) {
  const shown = states.map(([state, word, color]) => ({ word, color, n: runs?.[state] ?? 0 })).filter((one) => one.n > 0);
  const all = shown.reduce((sum, one) => sum + one.n, 0);
  if (all === 0) return <span className="muted">no runs</span>;
  const words = shown.map((one) => `${count(one.n)} ${one.word}`).join(', ');
  return (
    <div className="row" title={words}>
      <span className="home-bar" aria-hidden="true">
        {shown.map((one) => (
          <span key={one.word} style={{ flexGrow: one.n, background: `var(${one.color})` }} />
        ))}
      </span>
      <span>
        {count(all)} <span className="visually-hidden">runs: {words}</span>
      </span>
    </div>
  );
}
