import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { FormDialog } from '../access/FormDialog';
import { patch, post } from '../api/client';
import { Button } from '../ui/Button';
import { Field } from '../ui/Field';
import { toast } from '../ui/Toasts';
import { eventGroups, eventName, eventOf } from './eventWords';
import type { Webhook } from './webhooks';

/** Sets up a webhook or changes one. A secret is only ever written: none is shown, and an empty field keeps the one that is there. */
export function WebhookDialog({ of, onClose }: { of?: Webhook | undefined; onClose: () => void }) {
  const [name, setName] = useState(of?.name ?? '');
  const [url, setUrl] = useState(of?.url ?? '');
  const [description, setDescription] = useState(of?.description ?? '');
  const [secret, setSecret] = useState('');
  const [events, setEvents] = useState<readonly string[]>((of?.events ?? []).map(eventName));
  const queries = useQueryClient();
  const navigate = useNavigate();
  const saving = useMutation({
    mutationFn: () => {
      const body = { name: name.trim(), url: url.trim(), description, events: events.map(eventOf), ...(secret && { secret }) };
      return of ? patch('/api/2.0/mlflow/webhooks/{webhook_id}', body, { path: { webhook_id: of.webhook_id } }) : post('/api/2.0/mlflow/webhooks', body);
    },
    meta: { silent: true },
    onSuccess: async ({ webhook }) => {
      onClose();
      toast(of ? `'${name}' is changed.` : `'${name}' is made.`);
      await queries.invalidateQueries({ queryKey: ['webhooks'] });
      if (!of && webhook?.webhook_id) await navigate({ to: '/settings/webhooks/$id', params: { id: webhook.webhook_id } });
    },
  });
  return (
    <FormDialog title={of ? `Change '${of.name}'` : 'New webhook'} action={of ? 'Save' : 'Create'} ready={name.trim() !== '' && url.trim() !== '' && events.length > 0} busy={saving.isPending} wrong={saving.error} onSubmit={() => saving.mutate()} onClose={onClose}>
      <Field label="Name" autoFocus autoComplete="off" spellCheck={false} maxLength={63} value={name} onChange={(event) => setName(event.target.value)} hint="Letters, digits and . _ -" />
      <Field label="Address" type="url" autoComplete="off" spellCheck={false} maxLength={500} placeholder="https://ci.example.org/hooks/models" value={url} onChange={(event) => setUrl(event.target.value)} hint="It must be https and public, unless whoever runs the server allows private addresses." />
      <Field
        label={of ? 'New secret' : 'Secret'}
        type="password"
        autoComplete="new-password"
        maxLength={1000}
        value={secret}
        onChange={(event) => setSecret(event.target.value)}
        hint={of ? 'Left empty, the one that is set stays. It is never shown.' : 'Signs what is sent, so that the receiver knows it is from here. It is not shown again.'}
      />
      <Field label="What it is for" autoComplete="off" maxLength={1000} value={description} onChange={(event) => setDescription(event.target.value)} hint="For people to read. May be left out." />
      <Events chosen={events} choose={setEvents} />
    </FormDialog>
  );
}

function Events({ chosen, choose }: { chosen: readonly string[]; choose: (events: readonly string[]) => void }) {
  return (
    <fieldset className="webhooks-events">
      <legend>Tell it when</legend>
      {eventGroups.map((group) => {
        const all = group.events.map((one) => one.event);
        const every = all.every((event) => chosen.includes(event));
        return (
          <div key={group.title} role="group" aria-label={group.title}>
            <div className="row between">
              <strong>{group.title}</strong>
              <Button look="plain" aria-label={`${every ? 'None' : 'All'} of ${group.title}`} onClick={() => choose(every ? chosen.filter((one) => !all.includes(one)) : [...new Set([...chosen, ...all])])}>
                {every ? 'None' : 'All'}
              </Button>
            </div>
            {group.events.map(({ event, what }) => (
              <label key={event} className="settings-check">
                <input type="checkbox" checked={chosen.includes(event)} onChange={({ target }) => choose(target.checked ? [...chosen, event] : chosen.filter((one) => one !== event))} /> {what}
              </label>
            ))}
          </div>
        );
      })}
    </fieldset>
  );
}
