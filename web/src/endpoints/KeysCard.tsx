import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { FormDialog } from '../access/FormDialog';
import { Button } from '../ui/Button';
import { CodeBlock } from '../ui/CodeBlock';
import { Dialog } from '../ui/Dialog';
import { Field } from '../ui/Field';
import { moment } from '../ui/format';
import { Icon } from '../ui/Icon';
import { Loading, Shown } from '../ui/States';
import { Time } from '../ui/Value';
import { keysQuery, makeKey, revokeKey } from './endpoints';
import type { Endpoint, Key } from './wire';

/** Keys that may call this endpoint and do nothing else. */
export function KeysCard({ of }: { of: Endpoint }) {
  const keys = useQuery(keysQuery(of.name));
  const queries = useQueryClient();
  const [making, setMaking] = useState(false);
  const [gone, setGone] = useState<Key | null>(null);
  const [token, setToken] = useState<string | null>(null);
  const refresh = () => queries.invalidateQueries({ queryKey: keysQuery(of.name).queryKey });
  const revoking = useMutation({
    mutationFn: (id: string) => revokeKey(of.name, id),
    meta: { silent: true },
    onSuccess: async () => {
      setGone(null);
      await refresh();
    },
  });
  return (
    <section className="card stack" aria-label="Keys">
      <div className="row between">
        <h2>Keys</h2>
        <Button onClick={() => setMaking(true)}>
          <Icon name="plus" /> New key
        </Button>
      </div>
      <p className="muted endpoint-small">A key may call this endpoint and nothing else.</p>
      <Shown of={keys} loading={<Loading lines={2} />}>
        {(all) =>
          all.length === 0 ? (
            <p className="muted endpoint-small">No key yet.</p>
          ) : (
            <ul role="list" className="endpoint-keys">
              {all.map((one) => (
                <li key={one.id}>
                  <span>
                    <strong>{one.name}</strong> <span className="muted">of {one.owner}</span>
                  </span>
                  <span className="muted endpoint-small">
                    used <Time at={one.used_ms} />
                    {one.expires_ms ? `, until ${moment(one.expires_ms)}` : null}
                  </span>
                  <Button look="plain" onClick={() => setGone(one)} aria-label={`Revoke ${one.name}`}>
                    Revoke
                  </Button>
                </li>
              ))}
            </ul>
          )
        }
      </Shown>
      {making && (
        <NewKey
          name={of.name}
          onClose={() => setMaking(false)}
          done={async (made) => {
            setMaking(false);
            setToken(made);
            await refresh();
          }}
        />
      )}
      {token !== null && (
        <Dialog title="The key" firm onClose={() => setToken(null)} footer={<Button look="primary" onClick={() => setToken(null)}>I have copied it</Button>}>
          <p>It is shown this once and kept nowhere: copy it now.</p>
          <CodeBlock text={token} label="The key" />
        </Dialog>
      )}
      {gone && (
        <FormDialog title={`Revoke ${gone.name}?`} action="Revoke" danger ready busy={revoking.isPending} wrong={revoking.error} onSubmit={() => revoking.mutate(gone.id ?? '')} onClose={() => setGone(null)}>
          <p>Programs that use it are refused at once.</p>
        </FormDialog>
      )}
    </section>
  );
}

function NewKey({ name, onClose, done }: { name: string; onClose: () => void; done: (token: string) => Promise<void> }) {
  const [called, setCalled] = useState('');
  const [days, setDays] = useState('365');
  const [owner, setOwner] = useState('');
  const good = /^\d{1,4}$/.test(days.trim()) && Number(days) >= 1;
  const making = useMutation({
    mutationFn: () => makeKey(name, { key: called.trim(), expires_in_days: Number(days), ...(owner.trim() !== '' && { owner: owner.trim() }) }),
    meta: { silent: true },
    onSuccess: (made) => done(made.token ?? ''),
  });
  return (
    <FormDialog title="New key" action="Make" ready={called.trim() !== '' && good} busy={making.isPending} wrong={making.error} onSubmit={() => making.mutate()} onClose={onClose}>
      <Field label="Name" value={called} maxLength={100} onChange={(event) => setCalled(event.target.value)} hint="Which program uses it." />
      <Field label="Days" inputMode="numeric" value={days} onChange={(event) => setDays(event.target.value)} wrong={good ? undefined : 'A whole number of days.'} />
      <Field label="Service account" value={owner} maxLength={100} onChange={(event) => setOwner(event.target.value)} hint="Empty: you. What it does stands under this name." />
    </FormDialog>
  );
}
