import { count, percent } from '../ui/format';
import { Num } from '../ui/Value';
import type { Endpoint } from './wire';

/** How the answers of shadows differ from those that were given. */
export function ShadowCard({ of }: { of: Endpoint }) {
  const shadows = of.shadows ?? [];
  if (shadows.length === 0) return null;
  return (
    <section className="card stack" aria-label="Shadows">
      <h2>Shadows</h2>
      <div className="scroll-x" tabIndex={0} role="group" aria-label="Differences of shadows">
        <table className="data">
          <thead>
            <tr>
              <th scope="col">Arm</th>
              <th scope="col" className="number">
                Compared rows
              </th>
              <th scope="col" className="number">
                Other label
              </th>
              <th scope="col" className="number">
                Mean difference
              </th>
              <th scope="col" className="number">
                Largest
              </th>
            </tr>
          </thead>
          <tbody>
            {shadows.map((one) => (
              <tr key={one.arm}>
                <th scope="row">
                  {one.arm} <span className="muted">v{one.version}</span>
                  {one.problem && <p className="endpoint-wrong">{one.problem}</p>}
                </th>
                <td className="number">
                  {count(one.rows)}
                  {(one.left_out ?? 0) > 0 && <span className="muted endpoint-under">{count(one.left_out)} left out</span>}
                  {(one.failed ?? 0) > 0 && <span className="endpoint-wrong endpoint-under">{count(one.failed)} failed</span>}
                </td>
                <td className="number" title={`${one.label_flips ?? 0} rows`}>
                  {one.rows ? percent((one.label_flips ?? 0) / one.rows) : ''}
                </td>
                <td className="number">{one.mean_abs != null && <Num value={one.mean_abs} />}</td>
                <td className="number">{one.max_abs != null && <Num value={one.max_abs} />}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p className="muted endpoint-small">A shadow runs only when a core is free, and never answers. Of this server, since the version was loaded.</p>
    </section>
  );
}
