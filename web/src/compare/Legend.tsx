import { Link } from '@tanstack/react-router';
import { useTheme } from '../app/theme';
import { seriesColor } from '../ui/palette';
import type { ComparedRun } from './runs';

interface Props {
  runs: readonly ComparedRun[];
  colorOf: (index: number) => number;
  hidden: ReadonlySet<string>;
  note?: ((run: ComparedRun) => string) | undefined;
  onHide: (ids: string[]) => void;
  onPoint: (id: string | null) => void;
}

/** The runs of a comparison with their colours: hide, show alone, point at. */
export function Legend({ runs, colorOf, hidden, note, onHide, onPoint }: Props) {
  const theme = useTheme();
  const shown = runs.filter((run) => !hidden.has(run.id));
  return (
    <section className="legend card" aria-label="Runs">
      <div className="row between">
        <h2>
          {shown.length === runs.length ? runs.length : `${shown.length} of ${runs.length}`} {runs.length === 1 ? 'run' : 'runs'}
        </h2>
        {hidden.size > 0 && (
          <button type="button" className="button plain" onClick={() => onHide([])}>
            Show all
          </button>
        )}
      </div>
      <ul role="list" onPointerLeave={() => onPoint(null)}>
        {runs.map((run, index) => {
          const seen = !hidden.has(run.id);
          const alone = seen && shown.length === 1 && runs.length > 1;
          return (
            <li key={run.id} className={seen ? undefined : 'off'} onPointerEnter={() => onPoint(seen ? run.id : null)} onFocus={() => onPoint(seen ? run.id : null)} onBlur={() => onPoint(null)}>
              <label title={seen ? 'Hide' : 'Show'}>
                <input type="checkbox" checked={seen} aria-label={`Show ${run.name}`} onChange={() => onHide(seen ? [...hidden, run.id] : [...hidden].filter((id) => id !== run.id))} />
                <span className="legend-mark" style={{ background: seriesColor(colorOf(index), theme) }} />
              </label>
              <Link to="/runs/$runId" params={{ runId: run.id }} title={`${run.name}\n${run.id}`}>
                {run.name}
              </Link>
              {note && <span className="muted">{note(run)}</span>}
              <button type="button" className="legend-solo" aria-pressed={alone} aria-label={alone ? 'Show all runs' : `Show only ${run.name}`} onClick={() => onHide(alone ? [] : runs.filter((one) => one !== run).map((one) => one.id))}>
                only
              </button>
            </li>
          );
        })}
      </ul>
    </section>
  );
}
