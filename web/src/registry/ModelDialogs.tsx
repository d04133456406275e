import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { FormDialog } from '../access/FormDialog';
import { patch, post, remove } from '../api/client';
import { Field, TextField } from '../ui/Field';
import { toast } from '../ui/Toasts';
import { promptFormTag, promptTag, promptTextTag } from './models';

const nameHint = 'Programs name it so. No / : or \\; at most 256 characters.';

interface Made {
  onClose: () => void;
  done: (name: string) => unknown;
}

/** Registers a model that has no version yet. */
export function NewModel({ onClose, done }: Made) {
  const [name, setName] = useState('');
  const [description, setDescription] = useState('');
  const making = useMutation({
    mutationFn: () => post('/api/2.0/mlflow/registered-models/create', { name: name.trim(), description: description === '' ? undefined : description }),
    meta: { silent: true },
    onSuccess: () => {
      onClose();
      toast(`'${name.trim()}' is registered.`);
      return done(name.trim());
    },
  });
  return (
    <FormDialog title="New model" action="Create" ready={name.trim() !== ''} busy={making.isPending} wrong={making.error} onSubmit={() => making.mutate()} onClose={onClose}>
      <Field label="Name" value={name} maxLength={256} onChange={(event) => setName(event.target.value)} hint={nameHint} />
      <TextField label="Description" value={description} maxLength={5000} rows={4} onChange={(event) => setDescription(event.target.value)} hint="Markdown. What it is for." />
    </FormDialog>
  );
}

/** Registers a prompt with its first version, or writes the next version of one. */
export function NewPrompt({ of, text: begun = '', onClose, done }: Made & { of?: string; text?: string }) {
  const [name, setName] = useState(of ?? '');
  const [text, setText] = useState(begun);
  const [note, setNote] = useState('');
  const making = useMutation({
    mutationFn: async () => {
      const flag = { key: promptTag, value: 'true' };
      if (of === undefined) await post('/api/2.0/mlflow/registered-models/create', { name: name.trim(), tags: [flag, { key: promptFormTag, value: 'text' }] });
      await post('/api/2.0/mlflow/model-versions/create', { name: name.trim(), source: 'dummy-source', description: note === '' ? undefined : note, tags: [flag, { key: promptTextTag, value: text }, { key: promptFormTag, value: 'text' }] });
    },
    meta: { silent: true },
    onSuccess: () => {
      onClose();
      toast(of === undefined ? `'${name.trim()}' is registered.` : `'${of}' has a new version.`);
      return done(name.trim());
    },
  });
  return (
    <FormDialog title={of === undefined ? 'New prompt' : `New version of '${of}'`} action="Create" ready={name.trim() !== '' && text.trim() !== '' && text !== begun} busy={making.isPending} wrong={making.error} onSubmit={() => making.mutate()} onClose={onClose}>
      {of === undefined && <Field label="Name" value={name} maxLength={256} onChange={(event) => setName(event.target.value)} hint={nameHint} />}
      <TextField label="Text" className="input mono" value={text} rows={10} maxLength={100_000} onChange={(event) => setText(event.target.value)} hint={'Variables stand in double braces: {{question}}. A version never changes; the next change is the next version.'} />
      <Field label="What is new" value={note} maxLength={5000} onChange={(event) => setNote(event.target.value)} />
    </FormDialog>
  );
}

/** Gives a model another name. */
export function RenameModel({ name, onClose, done }: Made & { name: string }) {
  const [text, setText] = useState(name);
  const wanted = text.trim();
  const renaming = useMutation({ mutationFn: () => post('/api/2.0/mlflow/registered-models/rename', { name, new_name: wanted }), meta: { silent: true }, onSuccess: () => (onClose(), done(wanted)) });
  return (
    <FormDialog title={`Rename '${name}'`} action="Rename" ready={wanted !== '' && wanted !== name} busy={renaming.isPending} wrong={renaming.error} onSubmit={() => renaming.mutate()} onClose={onClose}>
      <Field label="Name" value={text} maxLength={256} onChange={(event) => setText(event.target.value)} hint={`Programs that ask for models:/${name} will not find it any more.`} />
    </FormDialog>
  );
}

/** Asks for the name before a model goes for good: no basket brings it back. */
export function DeleteModel({ name, prompt, onClose, done }: Made & { name: string; prompt: boolean }) {
  const [typed, setTyped] = useState('');
  const deleting = useMutation({
    mutationFn: () => remove('/api/2.0/mlflow/registered-models/delete', { query: { name } }),
    meta: { silent: true },
    onSuccess: () => {
      onClose();
      toast(`'${name}' is deleted.`);
      return done(name);
    },
  });
  return (
    <FormDialog title={`Delete '${name}'?`} action="Delete for good" danger ready={typed === name} busy={deleting.isPending} wrong={deleting.error} onSubmit={() => deleting.mutate()} onClose={onClose}>
      <p>All its versions, aliases and its production history go with it, and do not come back.{!prompt && ' The runs that made them stay.'}</p>
      <Field label={`Type ${name} to confirm`} value={typed} autoComplete="off" onChange={(event) => setTyped(event.target.value)} />
    </FormDialog>
  );
}

/** Asks before a version goes for good. */
export function DeleteVersion({ name, version, onClose, done }: Made & { name: string; version: string }) {
  const deleting = useMutation({
    mutationFn: () => remove('/api/2.0/mlflow/model-versions/delete', { query: { name, version } }),
    meta: { silent: true },
    onSuccess: () => {
      onClose();
      toast(`Version ${version} of '${name}' is deleted.`);
      return done(name);
    },
  });
  return (
    <FormDialog title={`Delete version ${version}?`} action="Delete for good" danger ready busy={deleting.isPending} wrong={deleting.error} onSubmit={() => deleting.mutate()} onClose={onClose}>
      <p>Aliases that stand for it go with it. Its number is never given again; the history still names it.</p>
    </FormDialog>
  );
}

/** Changes a model's description; null of what leaves it as it is. */
export function saveDescription(name: string, description: string) {
  return patch('/api/2.0/mlflow/registered-models/update', { name, description });
}
