import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { CodeBlock } from '../ui/CodeBlock';
import { Dialog } from '../ui/Dialog';
import { moment } from '../ui/format';
import { Shown } from '../ui/States';
import { Copyable, Time } from '../ui/Value';
import { details, type Change, type Json } from './difference';
import { eventQuery, type Event } from './events';
import { plain } from './short';
import { Subject } from './Subject';
import { phrase } from './words';

/** One event with all that it says, and what it changed shown as a difference. */
export function EventDialog({ position, all, onClose }: { position: number; all: boolean | undefined; onClose: () => void }) {
  const event = useQuery(eventQuery(position, all));
  return (
    <Dialog title={`Event ${position}`} wide onClose={onClose}>
      <Shown of={event}>{(one) => (one === null ? <p>There is no such event in this workspace.</p> : <One event={one} />)}</Shown>
    </Dialog>
  );
}

function One({ event }: { event: Event }) {
  const { changes, facts } = details(event.data);
  return (
    <>
      <dl className="facts">
        <dt>What</dt>
        <dd>
          {phrase(event.kind)} <Subject of={event.subject} />{' '}
          <Link to="/settings/audit" search={{ kind: event.kind }} className="muted">
            {event.kind}
          </Link>
        </dd>
        <dt>Subject</dt>
        <dd>
          <Copyable text={event.subject} />{' '}
          <Link to="/settings/audit" search={{ subject: event.subject }}>
            its history
          </Link>
        </dd>
        <dt>Who</dt>
        <dd>{event.actor ?? <span className="muted">erased</span>}</dd>
        <dt>From</dt>
        <dd>{event.address ?? <span className="muted">{event.actor === undefined ? 'erased' : 'the server itself'}</span>}</dd>
        {event.workspace !== undefined && (
          <>
            <dt>Workspace</dt>
            <dd>{event.workspace === 0 ? 'default' : `number ${event.workspace}`}</dd>
          </>
        )}
        <dt>When</dt>
        <dd>
          {moment(event.at_ms)} (<Time at={event.at_ms} />)
        </dd>
      </dl>
      {changes.length > 0 && <Differences of={changes} />}
      {facts.length > 0 && (
        <dl className="facts">
          {facts.map((fact) => (
            <div key={fact.name} style={{ display: 'contents' }}>
              <dt>{fact.name || 'Details'}</dt>
              <dd className="audit-value">{typeof fact.value === 'object' ? JSON.stringify(fact.value, null, 2) : plain(fact.value)}</dd>
            </div>
          ))}
        </dl>
      )}
      <details>
        <summary>As JSON</summary>
        <CodeBlock text={JSON.stringify({ ...event, ...(event.data && { data: parsed(event.data) }) }, null, 2)} label="The event as JSON" />
      </details>
    </>
  );
}

function parsed(data: string): unknown {
  try {
    return JSON.parse(data);
  } catch {
    return data;
  }
}

function Differences({ of }: { of: readonly Change[] }) {
  return (
    <div className="scroll-x">
      <table className="data audit-diff">
        <thead>
          <tr>
            <th scope="col">What changed</th>
            <th scope="col">Before</th>
            <th scope="col">After</th>
          </tr>
        </thead>
        <tbody>
          {of.map((change) => (
            <tr key={change.path}>
              <th scope="row">{change.path || 'Value'}</th>
              <Side of={change.before} look="was" />
              <Side of={change.after} look="is" />
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Side({ of, look }: { of: Json | undefined; look: 'was' | 'is' }) {
  if (of === undefined) return <td className="muted">nothing</td>;
  const text = plain(of);
  return <td>{look === 'was' ? <del className="audit-was">{text === '' ? '(empty)' : text}</del> : <ins className="audit-is">{text === '' ? '(empty)' : text}</ins>}</td>;
}
