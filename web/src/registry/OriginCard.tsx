import { useQuery } from '@tanstack/react-query';
import { Shown } from '../ui/States';
import { Copyable, Num, Time } from '../ui/Value';
import type { Version } from './models';
import { isPromoted, originQuery, type Origin } from './promotions';
import './promotions.css';

/** Where a promoted version came from, who sent it and why, and what was measured there. Nothing for other versions. */
export function OriginCard({ of }: { of: Version }) {
  const origin = useQuery({ ...originQuery(of.name ?? '', of.version ?? ''), enabled: isPromoted(of) });
  if (!isPromoted(of)) return null;
  return (
    <section className="card stack" aria-label="Origin">
      <h2>Origin</h2>
      <Shown of={origin}>{(found) => <Said of={found} />}</Shown>
    </section>
  );
}

function Said({ of }: { of: Origin }) {
  const measured = (of.evaluations ?? []).filter((one) => one.status === 'DONE');
  return (
    <>
      <p className="registry-small">
        Promoted from <strong>{of.name}</strong> version {of.version} of the workspace <strong>{of.workspace}</strong>, <Time at={of.promoted_ms} /> by {of.promoted_by || 'somebody who is erased'}
        {of.reason && <>: {of.reason}</>}
      </p>
      <dl className="facts">
        {of.run_id && (
          <div className="registry-fact">
            <dt>Run there</dt>
            <dd>
              <Copyable text={of.run_id} />
            </dd>
          </div>
        )}
        {of.digest && (
          <div className="registry-fact">
            <dt>Digest there</dt>
            <dd>
              <Copyable text={of.digest} title={`Copy ${of.digest}`}>
                <code>{of.digest.slice(0, 16)}…</code>
              </Copyable>
            </dd>
          </div>
        )}
      </dl>
      {measured.length > 0 && (
        <div className="scroll-x origin-measured" tabIndex={0} role="group" aria-label="Measured there">
          <table className="data">
            <thead>
              <tr>
                <th scope="col">Measured there</th>
                <th scope="col">On</th>
                <th scope="col" className="number">
                  Value
                </th>
              </tr>
            </thead>
            <tbody>
              {measured.flatMap((one) =>
                (one.metrics ?? []).map((metric) => (
                  <tr key={`${one.id} ${metric.metric}`}>
                    <th scope="row">{metric.metric}</th>
                    <td title={one.dataset_digest}>{one.dataset}</td>
                    <td className="number">{metric.value !== undefined && <Num value={metric.value} />}</td>
                  </tr>
                )),
              )}
            </tbody>
          </table>
        </div>
      )}
    </>
  );
}
