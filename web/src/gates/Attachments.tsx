import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { get } from '../api/client';
import { FormDialog } from '../access/FormDialog';
import { Button } from '../ui/Button';
import { Chooser, type Choice } from '../ui/Chooser';
import { Field } from '../ui/Field';
import { Icon } from '../ui/Icon';
import { toast } from '../ui/Toasts';
import { Time } from '../ui/Value';
import { attach, detach, placeText, type Attachment, type Policy } from './policies';

/** Models whose names hold a text, for a field that chooses one. */
export async function findModels(text: string, signal: AbortSignal): Promise<Choice[]> {
  const filter = text === '' ? undefined : `name ILIKE '%${text.replaceAll("'", "''")}%'`;
  const page = await get('/api/2.0/mlflow/registered-models/search', { query: { ...(filter !== undefined && { filter }), max_results: 20 }, signal });
  return (page.registered_models ?? []).map(({ name = '' }) => ({ id: name, name }));
}

/** Where a policy counts; attached and detached here. */
export function Attachments({ of, may }: { of: Policy; may: boolean }) {
  const [asked, setAsked] = useState<'attach' | Attachment | null>(null);
  const places = of.attachments ?? [];
  return (
    <section className="card stack" aria-label="Counts for">
      <div className="row between">
        <h2>Counts for</h2>
        {may && (
          <Button onClick={() => setAsked('attach')}>
            <Icon name="plus" /> Attach
          </Button>
        )}
      </div>
      {places.length === 0 ? (
        <p className="muted">Nothing: it is attached to no model, so it stops nobody.</p>
      ) : (
        <ul role="list" className="policies-places">
          {places.map((place) => (
            <li key={placeText(place)}>
              <span>{placeText(place)}</span>
              <span className="muted">
                {place.made_by} <Time at={place.made_ms} />
              </span>
              {may && (
                <Button look="plain" aria-label={`Detach from ${placeText(place)}`} onClick={() => setAsked(place)}>
                  Detach
                </Button>
              )}
            </li>
          ))}
        </ul>
      )}
      {asked === 'attach' && <Attach policy={of.name} onClose={() => setAsked(null)} />}
      {asked !== null && asked !== 'attach' && <Detach of={{ ...asked, policy: of.name }} onClose={() => setAsked(null)} />}
    </section>
  );
}

function Attach({ policy, onClose }: { policy: string; onClose: () => void }) {
  const [every, setEvery] = useState(false);
  const [model, setModel] = useState<Choice | null>(null);
  const [slot, setSlot] = useState<'alias' | 'stage' | 'endpoint' | 'all'>('alias');
  const [name, setName] = useState('champion');
  const queries = useQueryClient();
  const attaching = useMutation({
    mutationFn: () => attach({ policy, ...(!every && model && { model: model.id }), ...(slot === 'alias' && { alias: name.replace(/^@/, '') }), ...(slot === 'stage' && { stage: name }), ...(slot === 'endpoint' && { endpoint: name }) }),
    meta: { silent: true },
    onSuccess: async () => {
      onClose();
      toast(`'${policy}' counts there from now on.`);
      await queries.invalidateQueries({ queryKey: ['policies'] });
    },
  });
  return (
    <FormDialog title={`Attach '${policy}'`} action="Attach" ready={(every || model !== null) && (slot === 'all' || name.trim() !== '')} busy={attaching.isPending} wrong={attaching.error} onSubmit={() => attaching.mutate()} onClose={onClose}>
      <label className="settings-check">
        <input type="checkbox" checked={every} onChange={(event) => setEvery(event.target.checked)} /> Every model of the workspace, also those to come
      </label>
      {!every && <Chooser label="Model" of="models" chosen={model} onChoose={setModel} find={findModels} placeholder="Part of its name" />}
      <label className="field">
        <span>Before a version gets</span>
        <select
          className="input"
          value={slot}
          onChange={(event) => {
            const next = event.target.value as typeof slot;
            setSlot(next);
            setName(next === 'stage' ? 'Production' : next === 'endpoint' ? '' : 'champion');
          }}
        >
          <option value="alias">behind an alias</option>
          <option value="stage">to a stage</option>
          <option value="endpoint">requests of an endpoint</option>
          <option value="all">anywhere: behind any alias, on any endpoint, to any stage but None and Archived</option>
        </select>
      </label>
      {slot !== 'all' && <Field label={slot === 'alias' ? 'Alias' : slot === 'endpoint' ? 'Endpoint' : 'Stage'} maxLength={255} autoComplete="off" spellCheck={false} value={name} onChange={(event) => setName(event.target.value.trim())} />}
    </FormDialog>
  );
}

function Detach({ of, onClose }: { of: Attachment; onClose: () => void }) {
  const queries = useQueryClient();
  const detaching = useMutation({
    mutationFn: () => detach(of),
    meta: { silent: true },
    onSuccess: async () => {
      onClose();
      await queries.invalidateQueries({ queryKey: ['policies'] });
    },
  });
  return (
    <FormDialog title={`Detach '${of.policy}'?`} action="Detach" danger ready busy={detaching.isPending} wrong={detaching.error} onSubmit={() => detaching.mutate()} onClose={onClose}>
      <p>
        Versions get to <strong>{placeText(of)}</strong> without it from now on. The event log says who detached it.
      </p>
    </FormDialog>
  );
}
