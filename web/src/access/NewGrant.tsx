import { useState } from 'react';
import { useMay } from '../app/me';
import { Chooser, type Choice } from '../ui/Chooser';
import { Field } from '../ui/Field';
import { findExperiments, findMembers, findModels } from './choices';
import { FormDialog } from './FormDialog';
import { useSetting } from './GrantsCard';
import { levels } from './words';

const findAnybody = findMembers(['person', 'service', 'group']);

/** Grants or denies somebody something with one experiment or registered model. */
export function NewGrant({ experiment, onClose }: { experiment: string | undefined; onClose: () => void }) {
  const may = useMay();
  const [kind, setKind] = useState<'experiment' | 'registered-model'>('experiment');
  const [chosen, setRoot] = useState<Choice | null>(null);
  const [name, setName] = useState('');
  const [level, setLevel] = useState('read');
  const setting = useSetting(onClose, true);
  const root = experiment ?? chosen?.id ?? '';
  return (
    <FormDialog
      title="New grant or denial"
      action={level === 'denied' ? 'Deny' : 'Grant'}
      danger={level === 'denied'}
      ready={root !== '' && name !== ''}
      busy={setting.isPending}
      wrong={setting.error}
      onSubmit={() => setting.mutate({ name, kind, root, level })}
      onClose={onClose}
    >
      {experiment === undefined && (
        <>
          <label className="field">
            <span>About one</span>
            <select
              className="input"
              value={kind}
              onChange={(event) => {
                setKind(event.target.value === 'experiment' ? 'experiment' : 'registered-model');
                setRoot(null);
              }}
            >
              <option value="experiment">experiment</option>
              <option value="registered-model">registered model</option>
            </select>
          </label>
          <Chooser
            key={kind}
            label={kind === 'experiment' ? 'Experiment' : 'Model'}
            placeholder="Part of its name"
            chosen={chosen}
            of={kind}
            find={kind === 'experiment' ? findExperiments : findModels}
            onChoose={setRoot}
          />
        </>
      )}
      {may('ManageMembers') ? (
        <Chooser label="Who" placeholder="Name of a member or group" chosen={name === '' ? null : { id: name, name }} of="anybody" find={findAnybody} onChoose={(choice) => setName(choice?.id ?? '')} />
      ) : (
        <Field label="Who" autoComplete="off" spellCheck={false} maxLength={64} value={name} onChange={(event) => setName(event.target.value.trim())} hint="The exact name of a member or group." />
      )}
      <label className="field">
        <span>May</span>
        <select className="input" value={level} onChange={(event) => setLevel(event.target.value)}>
          {levels.map((one) => (
            <option key={one.name} value={one.name}>
              {one.name}: {one.what}
            </option>
          ))}
        </select>
      </label>
    </FormDialog>
  );
}
