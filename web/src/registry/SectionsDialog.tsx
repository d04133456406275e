import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { FormDialog } from '../access/FormDialog';
import { patch, put } from '../api/client';
import { Button } from '../ui/Button';
import { Field, TextField } from '../ui/Field';
import { Icon } from '../ui/Icon';
import { modelKey } from './models';
import type { Card } from './profile';

interface Section {
  title: string;
  text: string;
}

/** What authors add to a card: sections of every version's card, and sections of this one alone. */
export function SectionsDialog({ name, version, card, onClose }: { name: string; version: string; card: Card; onClose: () => void }) {
  const shared = (card.profile?.sections ?? []).map(plain);
  const own = (card.sections ?? []).filter((one) => one.own === true).map(plain);
  const [all, setAll] = useState<'version' | 'model'>('version');
  const [drafts, setDrafts] = useState({ version: own, model: shared });
  const queries = useQueryClient();
  const draft = drafts[all];
  const set = (sections: Section[]) => setDrafts({ ...drafts, [all]: sections });
  const edit = (at: number, change: Partial<Section>) => set(draft.map((one, index) => (index === at ? { ...one, ...change } : one)));
  const changed = { version: !isSame(drafts.version, own), model: !isSame(drafts.model, shared) };
  const saving = useMutation({
    mutationFn: async () => {
      if (changed.model) await patch('/api/slipway/v1/models/{name}/profile', { sections: drafts.model, expected_updated_ms: card.profile?.updated_ms ?? 0 }, { path: { name } });
      if (changed.version) await put('/api/slipway/v1/models/{name}/versions/{version}/sections', { sections: drafts.version }, { path: { name, version } });
    },
    meta: { silent: true },
    onSuccess: async () => {
      onClose();
      await queries.invalidateQueries({ queryKey: modelKey(name) });
    },
  });
  return (
    <FormDialog title="Sections of the card" action="Save" ready={(changed.version || changed.model) && [...drafts.version, ...drafts.model].every(({ title }) => title.trim() !== '')} busy={saving.isPending} wrong={saving.error} onSubmit={() => saving.mutate()} onClose={onClose}>
      <div className="row" role="group" aria-label="On which cards">
        <Button aria-pressed={all === 'version'} onClick={() => setAll('version')}>
          Of version {version}
        </Button>
        <Button aria-pressed={all === 'model'} onClick={() => setAll('model')}>
          Of every version
        </Button>
      </div>
      {draft.length === 0 && <p className="muted">No section yet. Ethics, training data, how to ask for access: whatever a reader should know and no program can gather.</p>}
      {draft.map((section, index) => (
        <fieldset key={index} className="model-card-section">
          <legend className="visually-hidden">Section {index + 1}</legend>
          <Field label="Title" value={section.title} maxLength={100} onChange={(event) => edit(index, { title: event.target.value })} />
          <TextField label="Text" rows={4} maxLength={20_000} value={section.text} hint="Markdown." onChange={(event) => edit(index, { text: event.target.value })} />
          <Button look="plain" onClick={() => set(draft.filter((_, at) => at !== index))}>
            <Icon name="trash" /> Remove
          </Button>
        </fieldset>
      ))}
      <div>
        <Button onClick={() => set([...draft, { title: '', text: '' }])} disabled={draft.length >= 20}>
          <Icon name="plus" /> Another section
        </Button>
      </div>
    </FormDialog>
  );
}

function plain({ title = '', text = '' }: { title?: string; text?: string }): Section {
  return { title, text };
}

function isSame(a: readonly Section[], b: readonly Section[]): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
