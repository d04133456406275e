import { Link } from '@tanstack/react-router';
import { Button } from '../ui/Button';
import { Time } from '../ui/Value';
import { VirtualTable, type TableColumn } from '../ui/VirtualTable';
import { details } from './difference';
import type { Event } from './events';
import { Subject } from './Subject';
import { short } from './short';
import { phrase } from './words';

/** Events, a line each: when, who, what, and in short what it was about. */
export function EventList({ events, onOpen, onEnd }: { events: readonly Event[]; onOpen: (event: Event) => void; onEnd: () => void }) {
  const columns: readonly TableColumn<Event>[] = [
    { name: 'When', width: '7rem', cell: (event) => <Time at={event.at_ms} /> },
    {
      name: 'Who',
      width: 'minmax(5rem, 9rem)',
      cell: (event) =>
        event.actor === undefined ? (
          <span className="muted">erased</span>
        ) : (
          <Link to="/settings/audit" search={(before) => ({ ...before, actor: event.actor })} title="Only what this one did">
            {event.actor}
          </Link>
        ),
    },
    {
      name: 'What',
      width: 'minmax(10rem, 1fr)',
      cell: (event) => (
        <>
          {event.kind === 'attempt.refused' && <span className="pill bad">Refused</span>} {event.kind !== 'attempt.refused' && phrase(event.kind)} <Subject of={event.subject} />
        </>
      ),
    },
    { name: 'Details', width: 'minmax(8rem, 1fr)', cell: (event) => <span className="muted audit-short">{short(details(event.data))}</span> },
    {
      name: 'Open',
      silent: true,
      width: '5rem',
      cell: (event) => (
        <Button look="plain" aria-label={`Details of event ${event.position}`} onClick={() => onOpen(event)}>
          Details
        </Button>
      ),
    },
  ];
  return <VirtualTable label="Events" columns={columns} rows={events} rowKey={(event) => event.position} onEnd={onEnd} />;
}
