import { Button } from '../ui/Button';
import { CodeBlock } from '../ui/CodeBlock';
import { Dialog } from '../ui/Dialog';
import { count } from '../ui/format';
import { Copyable, Time } from '../ui/Value';
import { pretty, stateOf } from './deliveryState';
import { eventText } from './eventWords';
import type { Delivery } from './webhooks';

interface Props {
  of: Delivery;
  busy: boolean;
  sendAgain: () => void;
  onClose: () => void;
}

/** What was sent and what came back. */
export function DeliveryDialog({ of, busy, sendAgain, onClose }: Props) {
  const { look, text } = stateOf(of);
  return (
    <Dialog
      wide
      title={eventText(of.event)}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>Close</Button>
          <Button look="primary" disabled={busy} onClick={sendAgain}>
            Send again
          </Button>
        </>
      }
    >
      <dl className="facts">
        <dt>State</dt>
        <dd>
          <span className={`pill ${look}`}>{text}</span>
        </dd>
        <dt>Answer</dt>
        <dd>{of.response_status === undefined ? (of.error_message ?? 'none yet') : `${of.response_status}${of.error_message ? `, ${of.error_message}` : ''}`}</dd>
        <dt>Attempts</dt>
        <dd>
          {count(of.attempts ?? 0)}
          {of.attempt_timestamp !== undefined && (
            <>
              , the last <Time at={of.attempt_timestamp} />
            </>
          )}
        </dd>
        <dt>Happened</dt>
        <dd>
          <Time at={of.creation_timestamp} />
        </dd>
        <dt>Delivery id</dt>
        <dd className="mono">
          <Copyable text={of.delivery_id} />
        </dd>
      </dl>
      <section className="stack">
        <h3>Sent</h3>
        <CodeBlock text={pretty(of.body ?? '')} label="What is sent" />
      </section>
      {of.response_body && (
        <section className="stack">
          <h3>Answered</h3>
          <CodeBlock text={pretty(of.response_body)} label="What it answered" />
        </section>
      )}
    </Dialog>
  );
}
