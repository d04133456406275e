import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { CheckResults } from '../gates/CheckResults';
import { idOf } from '../lineage/nodes';
import { Shown } from '../ui/States';
import { Copyable, Num, Time } from '../ui/Value';
import { slotIn } from './gates';
import type { Version } from './models';
import { isPromoted, originQuery, type Origin } from './promotions';
import { SlotName } from './SlotChip';
import './promotions.css';

/** Where a promoted version came from, who sent it and why, what was measured and decided there: the origin's evidence, which passes no gate here. Nothing for other versions. */
export function OriginCard({ of }: { of: Version }) {
  const origin = useQuery({ ...originQuery(of.name ?? '', of.version ?? ''), enabled: isPromoted(of) });
  if (!isPromoted(of)) return null;
  return (
    <section className="card stack" aria-label="Origin">
      <h2>Origin</h2>
      <Shown of={origin}>{(found) => <Said of={found} version={of} />}</Shown>
    </section>
  );
}

function Said({ of, version }: { of: Origin; version: Version }) {
  const { gates = [], approvals = [], waivers = [] } = of;
  const measured = (of.evaluations ?? []).filter((one) => one.status === 'DONE');
  return (
    <>
      <p className="registry-small">
        Promoted from <strong>{of.name}</strong> version {of.version} of {of.hidden ? 'a workspace that you do not see' : <>the workspace <strong>{of.workspace}</strong></>}, <Time at={of.promoted_ms} /> by {of.promoted_by || 'somebody who is erased'}
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
        {of.evidence_sha256 && (
          <div className="registry-fact">
            <dt>Evidence</dt>
            <dd>
              <Copyable text={of.evidence_sha256} title="Copy the SHA-256 of the evidence, which the audit log pins">
                <code>{of.evidence_sha256.slice(0, 16)}…</code>
              </Copyable>
            </dd>
          </div>
        )}
        {of.lineage && (
          <div className="registry-fact">
            <dt>Lineage</dt>
            <dd>
              <Link to="/lineage" search={{ of: idOf('model-version', version.name ?? '', version.version ?? '') }}>
                Its run and data there
              </Link>
            </dd>
          </div>
        )}
      </dl>
      {gates.length + approvals.length + waivers.length > 0 && (
        <div className="promotions origin-evidence">
          <h3>What was decided there</h3>
          {gates.map((one) => (
            <details key={one.id}>
              <summary>
                <SlotName slot={slotIn(one)} /> <span className={`pill ${one.passed ? 'good' : 'bad'}`}>{one.passed ? 'passed' : 'not passed'}</span>{' '}
                <span className="muted">
                  <Time at={one.at_ms} />
                  {one.by && ` by ${one.by}`}
                </span>
              </summary>
              <CheckResults checks={one.checks ?? []} />
            </details>
          ))}
          {approvals.map((one, index) => (
            <p key={index}>
              <strong>{one.by || 'somebody who is erased'}</strong> {one.kind} it for <SlotName slot={slotIn(one)} />{' '}
              <span className="muted">
                <Time at={one.at_ms} />
              </span>
              {one.text && <>: {one.text}</>}
            </p>
          ))}
          {waivers.map((one) => (
            <p key={one.id} className="gates-waiver">
              {one.check} of {one.policy} was waived by {one.by}: {one.reason}
            </p>
          ))}
        </div>
      )}
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
