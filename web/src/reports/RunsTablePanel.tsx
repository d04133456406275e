import { Link } from '@tanstack/react-router';
import { fieldName, valueOf } from '../compare/fields';
import { fieldText } from '../compare/ParallelChart';
import { Status } from '../tracking/Status';
import type { PanelProps } from './PanelView';

/** Runs as rows, with the columns that were chosen. */
export function RunsTablePanel({ panel, runs }: PanelProps<'table'>) {
  return (
    <div className="scroll-x" tabIndex={0} role="group" aria-label="Table of runs">
      <table className="data">
        <thead>
          <tr>
            <th scope="col">Run</th>
            <th scope="col">Status</th>
            {panel.columns.map((ref) => (
              <th key={ref} scope="col" className={numeric(runs, ref) ? 'number' : undefined}>
                {fieldName(ref)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {runs.map((run) => (
            <tr key={run.id}>
              <td>
                <Link to="/runs/$runId" params={{ runId: run.id }}>
                  {run.name}
                </Link>
              </td>
              <td>
                <Status of={run.status} />
              </td>
              {panel.columns.map((ref) => (
                <td key={ref} className={numeric(runs, ref) ? 'number' : undefined} title={String(valueOf(run, ref) ?? '')}>
                  {fieldText(ref, valueOf(run, ref))}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function numeric(runs: PanelProps<'table'>['runs'], ref: string): boolean {
  return runs.every((run) => typeof (valueOf(run, ref) ?? 0) === 'number');
}
