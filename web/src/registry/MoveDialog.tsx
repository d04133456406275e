import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useId, useState } from 'react';
import { FormDialog } from '../access/FormDialog';
import { Field, TextField } from '../ui/Field';
import { toast } from '../ui/Toasts';
import { modelKey, newestVersions, stagesOf, stagesQuery, type Model } from './models';
import { leave, place } from './moves';
import { slotText, type Slot } from './slots';
import { Refused } from './Refused';

interface Props {
  model: Model;
  /** Fixed when the dialog is opened from a version; otherwise chosen here. */
  version?: string | undefined;
  slot?: Slot | undefined;
  /** Prompts have no stages. */
  onlyAliases?: boolean;
  onClose: () => void;
}

/** Puts a version into a stage or behind an alias, and asks why: the history and every auditor keep the answer. */
export function MoveDialog({ model, version: fixed, slot: begun, onlyAliases, onClose }: Props) {
  const name = model.name ?? '';
  const queries = useQueryClient();
  const newest = useQuery({ ...newestVersions(name), enabled: fixed === undefined });
  const [version, setVersion] = useState(fixed ?? '');
  const [kind, setKind] = useState<Slot['kind']>(begun?.kind ?? 'alias');
  const [alias, setAlias] = useState(begun?.kind === 'alias' ? begun.name : '');
  const [stage, setStage] = useState(begun?.kind === 'stage' ? begun.name : 'Production');
  const [archive, setArchive] = useState(true);
  const [reason, setReason] = useState('');
  const ids = useId();
  const slot: Slot = { kind, name: kind === 'alias' ? alias.trim().replace(/^@/, '') : stage };
  const taken = kind === 'alias' ? model.aliases?.find((one) => one.alias === slot.name)?.version : undefined;
  const choices = useQuery({ ...stagesQuery(name), enabled: onlyAliases !== true }).data ?? stagesOf([], false);
  const shows = choices.find((one) => one.stage === stage)?.shows;
  const active = shows === 'Staging' || shows === 'Production';
  const moving = useMutation({
    mutationFn: () => place(name, version, slot, reason, kind === 'stage' && active && archive),
    meta: { silent: true },
    onSuccess: async () => {
      onClose();
      toast(`Version ${version} stands at ${slotText(slot)}.`);
      await queries.invalidateQueries({ queryKey: modelKey(name) });
    },
  });
  return (
    <FormDialog title={begun ? `Move ${slotText(begun)}` : fixed === undefined ? 'Move a version' : `Move version ${fixed}`} action="Move" ready={version !== '' && slot.name !== ''} busy={moving.isPending} wrong={null} onSubmit={() => moving.mutate()} onClose={onClose}>
      {fixed === undefined && (
        <div className="field">
          <label htmlFor={`${ids}-version`}>Version</label>
          <input id={`${ids}-version`} className="input" list={`${ids}-versions`} inputMode="numeric" autoComplete="off" value={version} onChange={(event) => setVersion(event.target.value.replace(/^v/, ''))} placeholder={newest.data?.[0]?.version} />
          <datalist id={`${ids}-versions`}>
            {(newest.data ?? []).map((one) => (
              <option key={one.version} value={one.version}>
                {[one.current_stage !== 'None' && one.current_stage, ...(one.aliases ?? []).map((alias) => `@${alias}`), one.description?.split('\n')[0]?.slice(0, 60)].filter(Boolean).join(', ')}
              </option>
            ))}
          </datalist>
        </div>
      )}
      {begun === undefined && !onlyAliases && (
        <fieldset className="registry-choice">
          <legend>To</legend>
          <label className="registry-check">
            <input type="radio" name={`${ids}-kind`} checked={kind === 'alias'} onChange={() => setKind('alias')} /> an alias
          </label>
          <label className="registry-check">
            <input type="radio" name={`${ids}-kind`} checked={kind === 'stage'} onChange={() => setKind('stage')} /> a stage
          </label>
        </fieldset>
      )}
      {kind === 'alias' && begun === undefined && (
        <Field
          label="Alias"
          value={alias}
          maxLength={255}
          placeholder="champion"
          onChange={(event) => setAlias(event.target.value)}
          hint={taken === undefined ? 'Programs load models:/NAME@ALIAS. Letters, digits, _ and -.' : taken === version ? 'It stands for this version already.' : `It stands for version ${taken} now, and will for this one.`}
        />
      )}
      {kind === 'stage' && begun === undefined && (
        <div className="field">
          <label htmlFor={`${ids}-stage`}>Stage</label>
          <select id={`${ids}-stage`} className="input" value={stage} onChange={(event) => setStage(event.target.value)}>
            {choices.map((one) => (
              <option key={one.stage}>{one.stage}</option>
            ))}
          </select>
        </div>
      )}
      {kind === 'stage' && active && (
        <label className="registry-check">
          <input type="checkbox" checked={archive} onChange={(event) => setArchive(event.target.checked)} /> Archive the other versions in {stage}
        </label>
      )}
      <TextField label="Why" rows={2} maxLength={1000} value={reason} onChange={(event) => setReason(event.target.value)} hint="Stands in the history." />
      {moving.error && <Refused problem={moving.error} name={name} version={version} slot={slot} onLeave={onClose} />}
    </FormDialog>
  );
}

/** Takes a version out of a stage, or an alias away. */
export function LeaveDialog({ model, version, slot, onClose }: { model: Model; version: string; slot: Slot; onClose: () => void }) {
  const name = model.name ?? '';
  const queries = useQueryClient();
  const [reason, setReason] = useState('');
  const leaving = useMutation({
    mutationFn: () => leave(name, version, slot, reason),
    meta: { silent: true },
    onSuccess: async () => {
      onClose();
      await queries.invalidateQueries({ queryKey: modelKey(name) });
    },
  });
  return (
    <FormDialog title={slot.kind === 'alias' ? `Remove ${slotText(slot)}?` : `Take version ${version} out of ${slot.name}?`} action="Remove" danger ready busy={leaving.isPending} wrong={null} onSubmit={() => leaving.mutate()} onClose={onClose}>
      <p>
        Programs that load <code>{slot.kind === 'alias' ? `models:/${name}@${slot.name}` : `models:/${name}/${slot.name}`}</code> find nothing there any more.
      </p>
      {slot.kind === 'stage' && <TextField label="Why" rows={2} maxLength={1000} value={reason} onChange={(event) => setReason(event.target.value)} hint="Stands in the history." />}
      {leaving.error && <Refused problem={leaving.error} name={name} version={version} slot={slot} onLeave={onClose} />}
    </FormDialog>
  );
}
