import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { get, put, remove, type Wire } from '../api/client';
import { meQuery } from '../app/me';
import { Button } from '../ui/Button';
import { Field, TextField } from '../ui/Field';
import { Icon } from '../ui/Icon';
import { Empty, Shown } from '../ui/States';
import { toast } from '../ui/Toasts';
import { Time } from '../ui/Value';
import { VirtualTable, type TableColumn } from '../ui/VirtualTable';
import { FormDialog } from './FormDialog';
import { Needs } from './Needs';

type Secret = Wire['SecretInfo'];

/** Secrets of the workspace, by name alone. */
export function SecretsPage() {
  return (
    <Needs right="ManageMembers">
      <Secrets />
    </Needs>
  );
}

function Secrets() {
  const me = useQuery(meQuery).data;
  const secrets = useQuery({ queryKey: ['secrets'], queryFn: async ({ signal }) => (await get('/api/slipway/v1/secrets', { signal })).secrets ?? [] });
  const [setting, setSetting] = useState<string | null>(null);
  const [deleting, setDeleting] = useState<string | null>(null);
  const columns: readonly TableColumn<Secret>[] = [
    { name: 'Name', width: 'minmax(8rem, 2fr)', cell: (one) => <span className="mono">{one.name}</span> },
    { name: 'Set', width: 'minmax(6rem, 1fr)', cell: (one) => <Time at={one.set_ms} /> },
    { name: 'By', width: 'minmax(5rem, 1fr)', cell: (one) => one.set_by },
    {
      name: 'Actions',
      silent: true,
      width: '14rem',
      cell: (one) => (
        <span className="row">
          <Button look="plain" aria-label={`Replace ${one.name}`} onClick={() => setSetting(one.name ?? '')}>
            Replace
          </Button>
          <Button look="plain" aria-label={`Delete ${one.name}`} onClick={() => setDeleting(one.name ?? '')}>
            Delete
          </Button>
        </span>
      ),
    },
  ];
  return (
    <>
      <header className="page-head">
        <div>
          <h1>Secrets</h1>
          <p className="settings-lead">What capabilities need to sign in elsewhere, in the workspace {me?.workspace}. A secret is sealed when it is set, and never shown again.</p>
        </div>
        <Button look="primary" onClick={() => setSetting('')}>
          <Icon name="plus" /> New secret
        </Button>
      </header>
      <Shown of={secrets}>
        {(found) =>
          found.length === 0 ? (
            <Empty title="No secret yet">
              <p>Set one here, or by slipway secrets set NAME.</p>
            </Empty>
          ) : (
            <div className="card">
              <VirtualTable label="Secrets" columns={columns} rows={found} rowKey={(one) => one.name ?? ''} />
            </div>
          )
        }
      </Shown>
      {setting !== null && <Set name={setting} onClose={() => setSetting(null)} />}
      {deleting !== null && <Delete name={deleting} onClose={() => setDeleting(null)} />}
    </>
  );
}

function Set({ name: old, onClose }: { name: string; onClose: () => void }) {
  const [name, setName] = useState(old);
  const [value, setValue] = useState('');
  const queries = useQueryClient();
  const saving = useMutation({
    mutationFn: () => put('/api/slipway/v1/secrets/{name}', { value }, { path: { name } }),
    meta: { silent: true },
    onSuccess: () => {
      onClose();
      toast(`'${name}' is set.`);
      return queries.invalidateQueries({ queryKey: ['secrets'] });
    },
  });
  return (
    <FormDialog title={old === '' ? 'New secret' : `Replace '${old}'`} action="Set" ready={name !== '' && value !== ''} busy={saving.isPending} wrong={saving.error} onSubmit={() => saving.mutate()} onClose={onClose}>
      {old === '' && <Field label="Name" autoFocus autoComplete="off" spellCheck={false} maxLength={63} value={name} onChange={(event) => setName(event.target.value.trim())} hint="Letters, digits and - _ ." />}
      <TextField label="Value" autoFocus={old !== ''} autoComplete="off" spellCheck={false} rows={4} maxLength={16384} value={value} onChange={(event) => setValue(event.target.value)} hint="It is not shown again, to nobody." />
    </FormDialog>
  );
}

function Delete({ name, onClose }: { name: string; onClose: () => void }) {
  const queries = useQueryClient();
  const deleting = useMutation({
    mutationFn: () => remove('/api/slipway/v1/secrets/{name}', { path: { name } }),
    meta: { silent: true },
    onSuccess: () => {
      onClose();
      toast(`'${name}' is deleted.`);
      return queries.invalidateQueries({ queryKey: ['secrets'] });
    },
  });
  return (
    <FormDialog title={`Delete '${name}'?`} action="Delete" danger ready busy={deleting.isPending} wrong={deleting.error} onSubmit={() => deleting.mutate()} onClose={onClose}>
      <p>What signs in with it fails from now on. This cannot be taken back.</p>
    </FormDialog>
  );
}
