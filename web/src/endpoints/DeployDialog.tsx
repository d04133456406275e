import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useId, useState } from 'react';
import { FormDialog } from '../access/FormDialog';
import { findModels } from '../gates/Attachments';
import { modelQuery, newestVersions, stagesQuery } from '../registry/models';
import { Chooser } from '../ui/Chooser';
import { Field, TextField } from '../ui/Field';
import { toast } from '../ui/Toasts';
import { deploymentOf, firstSteps, isName, nameOf, ways, wrongWith, type Choice, type Way } from './deployment';
import { changed, createEndpoint, deploy, endpointsQuery, mainArm } from './endpoints';
import type { Endpoint } from './wire';
import { Wrong } from './Wrong';

interface Props {
  /** Where to; without one an endpoint is made or chosen by its name. */
  to?: Endpoint | undefined;
  /** What; chosen here without. */
  model?: string | undefined;
  version?: string | undefined;
  onClose: () => void;
  done: (name: string) => void;
}

/** Lets a version answer requests: as a new endpoint, or as a newcomer on one that is there. */
export function DeployDialog({ to, model, version, onClose, done }: Props) {
  const queries = useQueryClient();
  const id = useId();
  const main = to && mainArm(to);
  const [name, setName] = useState<string>();
  const [choice, setChoice] = useState<Choice>({
    model: model ?? main?.model ?? '',
    // What is new on an endpoint that is there is mostly a number; a new endpoint had better follow.
    by: version !== undefined || to !== undefined ? 'version' : 'alias',
    which: version ?? (to === undefined ? 'champion' : ''),
    way: 'replace',
    percent: '10',
    steps: firstSteps,
    requests: '500',
    holdSeconds: '60',
    reason: '',
  });
  const there = useQuery({ ...endpointsQuery, enabled: to === undefined }).data ?? [];
  const called = to?.name ?? name ?? nameOf(choice.model);
  const existing = to ?? there.find((one) => one.name === called);
  const wrong = existing ? wrongWith(choice) : undefined;
  const set = (part: Partial<Choice>) => setChoice({ ...choice, ...part });
  const deploying = useMutation({
    mutationFn: () => {
      const { model, version, alias, stage, reason } = deploymentOf(choice);
      return existing ? deploy(called, deploymentOf(choice)) : createEndpoint({ name: called, arms: [{ model, version, alias, stage, weight: 1 }], reason });
    },
    meta: { silent: true },
    onSuccess: async (now) => {
      onClose();
      toast(existing ? `${choice.model} is on its way to ${called}.` : `${called} is made.`);
      done(called);
      await changed(queries, called, now);
    },
  });
  const ready = choice.model !== '' && choice.which.trim() !== '' && isName(called) && wrong === undefined;
  return (
    <FormDialog title={to ? `Deploy to ${to.name}` : 'Deploy a model'} action="Deploy" ready={ready} busy={deploying.isPending} wrong={null} onSubmit={() => deploying.mutate()} onClose={onClose}>
      {model === undefined && <Chooser label="Model" of="models" chosen={choice.model === '' ? null : { id: choice.model, name: choice.model }} onChoose={(chosen) => set({ model: chosen?.id ?? '' })} find={findModels} placeholder="Part of its name" />}
      {version === undefined && choice.model !== '' && <Which choice={choice} set={set} />}
      {to === undefined && (
        <Field
          label="Endpoint"
          value={called}
          maxLength={100}
          autoComplete="off"
          spellCheck={false}
          onChange={(event) => setName(event.target.value)}
          wrong={called !== '' && !isName(called) ? 'Letters, digits, . _ and -, beginning with a letter or digit.' : undefined}
          hint={existing ? 'It is there already: the version comes to it.' : 'Programs call it by this name.'}
        />
      )}
      {existing && (
        <fieldset className="endpoint-ways">
          <legend>How</legend>
          {(Object.keys(ways) as Way[]).map((way) => (
            <label key={way}>
              <input type="radio" name={`${id}-way`} checked={choice.way === way} onChange={() => set({ way })} />
              <span>
                {ways[way].label} <small>{ways[way].hint}</small>
              </span>
            </label>
          ))}
        </fieldset>
      )}
      {existing && choice.way === 'weight' && <Field label="Percent of the requests" inputMode="decimal" value={choice.percent} onChange={(event) => set({ percent: event.target.value })} wrong={wrong} />}
      {existing && choice.way === 'canary' && (
        <div className="endpoint-plan">
          <Field label="Steps, in percent" value={choice.steps} onChange={(event) => set({ steps: event.target.value })} wrong={wrong} />
          <Field label="Requests of each step" inputMode="numeric" value={choice.requests} onChange={(event) => set({ requests: event.target.value })} />
          <Field label="Seconds of each step" inputMode="numeric" value={choice.holdSeconds} onChange={(event) => set({ holdSeconds: event.target.value })} />
        </div>
      )}
      <TextField label="Why" rows={2} maxLength={1000} value={choice.reason} onChange={(event) => set({ reason: event.target.value })} hint="Stands in the history." />
      <Wrong problem={deploying.error} />
    </FormDialog>
  );
}

/** Which version: by alias or stage, which it then follows, or by number, which stays. */
function Which({ choice, set }: { choice: Choice; set: (part: Partial<Choice>) => void }) {
  const id = useId();
  const model = useQuery({ ...modelQuery(choice.model), retry: false }).data;
  const newest = useQuery({ ...newestVersions(choice.model), enabled: choice.by === 'version' }).data ?? [];
  const stages = (useQuery(stagesQuery(choice.model)).data ?? []).filter(({ stage }) => stage !== 'None' && stage !== 'Archived');
  const aliases = (model?.aliases ?? []).map(({ alias = '', version = '' }) => ({ value: alias, note: `v${version}` }));
  const options = choice.by === 'alias' ? aliases : choice.by === 'version' ? newest.map(({ version = '', aliases = [] }) => ({ value: version, note: aliases.map((one) => `@${one}`).join(' ') })) : stages.map(({ stage }) => ({ value: stage, note: '' }));
  const first = { alias: 'champion', stage: 'Production', version: newest[0]?.version ?? '' };
  return (
    <>
      <fieldset className="endpoint-choice">
        <legend>Version</legend>
        {(['alias', 'version', 'stage'] as const).map((by) => (
          <label key={by}>
            <input type="radio" name={`${id}-by`} checked={choice.by === by} onChange={() => set({ by, which: first[by] })} /> {by === 'alias' ? 'of an alias' : by === 'version' ? 'a number' : 'of a stage'}
          </label>
        ))}
      </fieldset>
      <Field
        label={choice.by === 'alias' ? 'Alias' : choice.by === 'version' ? 'Number' : 'Stage'}
        value={choice.which}
        maxLength={255}
        list={`${id}-list`}
        placeholder={choice.by === 'version' ? newest[0]?.version : undefined}
        autoComplete="off"
        onChange={(event) => set({ which: event.target.value })}
        hint={choice.by === 'version' ? 'It stays until somebody deploys another.' : 'The endpoint follows it within a second, as far as its gates allow.'}
      />
      <datalist id={`${id}-list`}>
        {options.map((one) => (
          <option key={one.value} value={one.value}>
            {one.note}
          </option>
        ))}
      </datalist>
    </>
  );
}
