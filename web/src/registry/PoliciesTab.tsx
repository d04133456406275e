import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { FormDialog } from '../access/FormDialog';
import { get } from '../api/client';
import { useMay } from '../app/me';
import { attach, attachmentsQuery, detach, policiesQuery, policyQuery } from '../gates/policies';
import { Button } from '../ui/Button';
import { Field } from '../ui/Field';
import { Icon } from '../ui/Icon';
import { Empty, Loading, Shown } from '../ui/States';
import { slotIn } from './gates';
import { modelKey } from './models';
import { SlotName } from './SlotChip';
import { stages } from './slots';
import './version-gates.css';

/** What stands before the stages and aliases of a model: its policies, and who alone may move what. */
export function PoliciesTab({ name }: { name: string }) {
  const attachments = useQuery(attachmentsQuery(name));
  const may = useMay()('ManageModels');
  const [attaching, setAttaching] = useState(false);
  const queries = useQueryClient();
  const detaching = useMutation({
    mutationFn: detach,
    onSuccess: () => Promise.all([queries.invalidateQueries({ queryKey: ['policies'] }), queries.invalidateQueries({ queryKey: modelKey(name) })]),
  });
  return (
    <div className="stack">
      <div className="row between">
        <p className="muted registry-small">A version gets into a stage or behind an alias only when every check of every policy that counts there passes.</p>
        {may && (
          <Button onClick={() => setAttaching(true)}>
            <Icon name="plus" /> Attach a policy
          </Button>
        )}
      </div>
      <Shown of={attachments} loading={<Loading lines={4} />}>
        {(all) =>
          all.length === 0 ? (
            <section className="card">
              <Empty title="No policy counts here">
                <p>Whoever may write this model may move its versions anywhere. A policy says what they must show first.</p>
              </Empty>
            </section>
          ) : (
            <>
              {[...new Set(all.map((one) => one.policy ?? ''))].map((policy) => (
                <section key={policy} className="card stack" aria-label={`Policy ${policy}`}>
                  <h2>
                    <Link to="/settings/policies/$name" params={{ name: policy }}>
                      {policy}
                    </Link>
                  </h2>
                  <ul role="list" className="thread">
                    {all
                      .filter((one) => one.policy === policy)
                      .map((one, index) => (
                        <li key={index}>
                          <span className="row between">
                            <span className="row">
                              {one.stage || one.alias || one.endpoint ? <SlotName slot={slotIn(one)} /> : 'every alias, every endpoint, and every stage but None and Archived'}
                              <span className="muted">{one.model ? 'of this model' : 'of every model'}</span>
                            </span>
                            {may && (
                              <Button look="plain" disabled={detaching.isPending} onClick={() => detaching.mutate(one)}>
                                Detach
                              </Button>
                            )}
                          </span>
                        </li>
                      ))}
                  </ul>
                  <Policy name={policy} />
                </section>
              ))}
            </>
          )
        }
      </Shown>
      <Protections name={name} />
      {attaching && <AttachDialog model={name} onClose={() => setAttaching(false)} />}
    </div>
  );
}

/** What a policy asks for; its text, its versions and their differences have a page of their own, where it is changed too. */
function Policy({ name }: { name: string }) {
  const policy = useQuery(policyQuery(name));
  return (
    <Shown of={policy}>
      {(of) => (
        <>
          {of.description && <p>{of.description}</p>}
          <ul className="registry-small">
            {(of.checks ?? []).map((check) => (
              <li key={check.id}>
                {check.title || check.id}
                {check.waivable === false && <span className="muted"> (cannot be waived)</span>}
              </li>
            ))}
          </ul>
          <p className="registry-small">
            <Link to="/settings/policies/$name" params={{ name }}>
              Its text and its {of.version} {of.version === 1 ? 'version' : 'versions'}
            </Link>
          </p>
        </>
      )}
    </Shown>
  );
}

/** Which of its stages and aliases only a role may move. */
async function protectionsOf(model: string, signal: AbortSignal) {
  return (await get('/api/slipway/v1/gates/protections', { query: { model }, signal })).protections ?? [];
}

function Protections({ name }: { name: string }) {
  const protections = useQuery({ queryKey: [...modelKey(name), 'protections'], queryFn: ({ signal }) => protectionsOf(name, signal) }).data ?? [];
  if (protections.length === 0) return null;
  return (
    <section className="card stack" aria-label="Protected places">
      <h2>Protected places</h2>
      <ul role="list" className="thread">
        {protections.map((one, index) => (
          <li key={index} className="row">
            <SlotName slot={one.alias ? { kind: 'alias', name: one.alias } : { kind: 'stage', name: one.stage ?? '' }} />
            moved only by {one.role ? `the role ${one.role}` : 'who manages the model'}
            <span className="muted">{one.model ? '' : 'on every model'}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}

function AttachDialog({ model, onClose }: { model: string; onClose: () => void }) {
  const policies = useQuery(policiesQuery);
  const [policy, setPolicy] = useState('');
  const [kind, setKind] = useState<'alias' | 'stage' | 'all'>('alias');
  const [alias, setAlias] = useState('champion');
  const [stage, setStage] = useState<string>('Production');
  const queries = useQueryClient();
  const attaching = useMutation({
    mutationFn: () => attach({ policy, model, ...(kind === 'stage' && { stage }), ...(kind === 'alias' && { alias: alias.trim().replace(/^@/, '') }) }),
    meta: { silent: true },
    onSuccess: async () => {
      onClose();
      await Promise.all([queries.invalidateQueries({ queryKey: ['policies'] }), queries.invalidateQueries({ queryKey: modelKey(model) })]);
    },
  });
  return (
    <FormDialog title="Attach a policy" action="Attach" ready={policy !== '' && (kind !== 'alias' || alias.trim() !== '')} busy={attaching.isPending} wrong={attaching.error} onSubmit={() => attaching.mutate()} onClose={onClose}>
      <Shown of={policies}>
        {(all) =>
          all.length === 0 ? (
            <p>
              No policy is written yet. Write one under <Link to="/settings/policies">Settings, Policies</Link>.
            </p>
          ) : (
            <label className="field">
              <span>Policy</span>
              <select className="input" value={policy} onChange={(event) => setPolicy(event.target.value)}>
                <option value="">choose one</option>
                {all.map((one) => (
                  <option key={one.name} value={one.name}>
                    {one.name}
                    {one.description ? `: ${one.description}` : ''}
                  </option>
                ))}
              </select>
            </label>
          )
        }
      </Shown>
      <fieldset className="registry-choice">
        <legend>Before</legend>
        {(['alias', 'stage', 'all'] as const).map((one) => (
          <label key={one} className="registry-check">
            <input type="radio" name="attach-kind" checked={kind === one} onChange={() => setKind(one)} /> {one === 'alias' ? 'an alias' : one === 'stage' ? 'a stage' : 'all of them'}
          </label>
        ))}
      </fieldset>
      {kind === 'alias' && <Field label="Alias" value={alias} maxLength={255} onChange={(event) => setAlias(event.target.value)} />}
      {kind === 'stage' && (
        <label className="field">
          <span>Stage</span>
          <select className="input" value={stage} onChange={(event) => setStage(event.target.value)}>
            {stages
              .filter((one) => one !== 'None')
              .map((one) => (
                <option key={one}>{one}</option>
              ))}
          </select>
        </label>
      )}
    </FormDialog>
  );
}
