import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { post } from '../api/client';
import { meQuery, useMay } from '../app/me';
import { Button } from '../ui/Button';
import { Chooser } from '../ui/Chooser';
import { CodeBlock } from '../ui/CodeBlock';
import { Dialog } from '../ui/Dialog';
import { Field } from '../ui/Field';
import { workspacesQuery } from './access';
import { findMembers } from './choices';
import { FormDialog } from './FormDialog';
import { lines } from './tokens';
import { scopes } from './words';

const lives = [
  { days: 7, text: 'a week' },
  { days: 30, text: '30 days' },
  { days: 90, text: '90 days' },
  { days: 365, text: 'a year' },
] as const;

const findServices = findMembers(['service']);

/** Makes a token, and shows its secret this once. */
export function NewToken({ owner, onClose }: { owner: string; onClose: () => void }) {
  const me = useQuery(meQuery).data;
  const may = useMay();
  const workspaces = useQuery(workspacesQuery).data?.filter((one) => !one.deleted) ?? [];
  const [name, setName] = useState('');
  const [forWhom, setForWhom] = useState<string | null>(owner);
  const [chosen, setChosen] = useState<readonly string[]>([]);
  const [workspace, setWorkspace] = useState('');
  const [days, setDays] = useState(90);
  const queries = useQueryClient();
  const making = useMutation({
    mutationFn: () =>
      post('/api/slipway/v1/access/tokens', {
        name,
        expires_in_days: days,
        ...(chosen.length > 0 && { scopes: [...chosen] }),
        ...(workspace !== '' && { workspace }),
        ...(forWhom !== null && forWhom !== me?.name && { owner: forWhom }),
      }),
    meta: { silent: true },
    onSuccess: () => queries.invalidateQueries({ queryKey: ['tokens'] }),
  });
  if (making.data?.token) return <Secret token={making.data.token} workspace={making.data.info?.workspace} onClose={onClose} />;
  return (
    <FormDialog title="New token" action="Create" ready={name.trim() !== '' && forWhom !== null} busy={making.isPending} wrong={making.error} onSubmit={() => making.mutate()} onClose={onClose}>
      <Field label="What it is for" autoFocus autoComplete="off" maxLength={200} placeholder="my laptop" value={name} onChange={(event) => setName(event.target.value)} hint="A program or a machine: so you know later what revoking it stops." />
      {may('Administer') && (
        <Chooser
          label="Owner"
          placeholder="Name of a service account"
          hint="You, or a service account: people make their tokens themselves."
          chosen={forWhom === null ? null : { id: forWhom, name: forWhom === me?.name ? 'You' : forWhom }}
          of="services"
          find={async (text, signal) => [...(me?.name && 'you'.startsWith(text.toLowerCase()) ? [{ id: me.name, name: 'You' }] : []), ...(await findServices(text, signal))]}
          onChoose={(choice) => setForWhom(choice?.id ?? null)}
        />
      )}
      <fieldset className="settings-checks column">
        <legend>What it may, as far as its owner may</legend>
        {scopes.map((scope) => (
          <label key={scope.name} className="settings-check">
            <input type="checkbox" checked={chosen.includes(scope.name)} onChange={(event) => setChosen(event.target.checked ? [...chosen, scope.name] : chosen.filter((one) => one !== scope.name))} />
            <span>
              <strong>{scope.name}</strong> <span className="muted">{scope.what}</span>
            </span>
          </label>
        ))}
        <small className="muted">{chosen.length === 0 ? 'None chosen: everything that its owner may.' : 'Training needs write; a dashboard needs read.'}</small>
      </fieldset>
      <div className="row">
        <label className="field">
          <span>Good for</span>
          <select className="input" value={days} onChange={(event) => setDays(Number(event.target.value))}>
            {lives.map((life) => (
              <option key={life.days} value={life.days}>
                {life.text}
              </option>
            ))}
          </select>
        </label>
        {workspaces.length > 1 && (
          <label className="field">
            <span>Workspace</span>
            <select className="input" value={workspace} onChange={(event) => setWorkspace(event.target.value)}>
              <option value="">all of its owner&apos;s</option>
              {workspaces.map((one) => (
                <option key={one.name} value={one.name}>
                  only {one.name}
                </option>
              ))}
            </select>
          </label>
        )}
      </div>
    </FormDialog>
  );
}

const languages = ['Python', '.NET', 'Command line'] as const;

function Secret({ token, workspace, onClose }: { token: string; workspace: string | undefined; onClose: () => void }) {
  const [language, setLanguage] = useState<(typeof languages)[number]>('Python');
  return (
    <Dialog
      title="Your new token"
      firm
      onClose={onClose}
      footer={
        <Button look="primary" onClick={onClose}>
          I have kept it
        </Button>
      }
    >
      <p>
        <strong>It is shown this once.</strong> Only a hash of it is kept here: when it is lost, revoke it and make another.
      </p>
      <CodeBlock text={token} label="The token" />
      <div className="row" role="group" aria-label="Language">
        {languages.map((one) => (
          <Button key={one} aria-pressed={one === language} onClick={() => setLanguage(one)}>
            {one}
          </Button>
        ))}
      </div>
      <CodeBlock text={lines(language, location.origin, token, workspace)} label={`Use it from ${language}`} />
    </Dialog>
  );
}
