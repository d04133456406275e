import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { patch, post } from '../api/client';
import { Button } from '../ui/Button';
import { CodeBlock } from '../ui/CodeBlock';
import { Dialog } from '../ui/Dialog';
import { Failed, Loading } from '../ui/States';
import { pretty } from './deliveryState';
import { eventName, eventOf, eventText } from './eventWords';
import type { Webhook } from './webhooks';

/** Switches a webhook on or off. */
export function changeStatus({ id, active }: { id: string; active: boolean }): Promise<unknown> {
  return patch('/api/2.0/mlflow/webhooks/{webhook_id}', { status: active ? 'ACTIVE' : 'DISABLED' }, { path: { webhook_id: id } });
}

/** Sends an example, signed like everything else, and shows the answer. */
export function TestWebhook({ of, onClose }: { of: Webhook; onClose: () => void }) {
  const events = (of.events ?? []).map(eventName);
  const [event, setEvent] = useState(events[0] ?? '');
  const testing = useMutation({
    mutationFn: async () => (await post('/api/2.0/mlflow/webhooks/{webhook_id}/test', { event: eventOf(event) }, { path: { webhook_id: of.webhook_id } })).result ?? {},
    meta: { silent: true },
  });
  const result = testing.data;
  return (
    <Dialog
      title={`Test '${of.name}'`}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>Close</Button>
          <Button look="primary" disabled={testing.isPending} onClick={() => testing.mutate()}>
            {result || testing.error ? 'Send another' : 'Send an example'}
          </Button>
        </>
      }
    >
      <label className="field">
        <span>What is said to have happened</span>
        <select className="input" value={event} onChange={({ target }) => setEvent(target.value)}>
          {events.map((one) => (
            <option key={one} value={one}>
              {eventText(one)}
            </option>
          ))}
        </select>
        <small>The example names models that do not exist; it is signed as the real thing is.</small>
      </label>
      <div aria-live="polite">
        {testing.isPending && <Loading lines={2} />}
        {testing.error && <Failed problem={testing.error} />}
        {result && !testing.isPending && (
          <div className="stack">
            <p className="row">
              {result.success ? <span className="pill good">answered {result.response_status}</span> : <span className="pill bad">{result.response_status === undefined ? 'no answer' : `answered ${result.response_status}`}</span>}
              <span>{result.success ? 'It arrived.' : (result.error_message ?? 'The receiver refused it.')}</span>
            </p>
            {result.response_body && <CodeBlock text={pretty(result.response_body)} label="What it answered" />}
          </div>
        )}
      </div>
    </Dialog>
  );
}
