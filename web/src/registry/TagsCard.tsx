import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { TagsDialog } from '../tracking/TagsDialog';
import { Button } from '../ui/Button';
import { Icon } from '../ui/Icon';
import { Copyable } from '../ui/Value';
import { modelKey, plainTags, saveTags } from './models';

/** The tags of a model or of one of its versions, by which they are found. */
export function TagsCard({ name, version, tags, may }: { name: string; version?: string | undefined; tags: readonly { key?: string; value?: string }[] | undefined; may: boolean }) {
  const [editing, setEditing] = useState(false);
  const queries = useQueryClient();
  const shown = plainTags(tags);
  const refresh = () => queries.invalidateQueries({ queryKey: modelKey(name) });
  return (
    <section className="card stack" aria-label="Tags">
      <div className="row between">
        <h2>Tags</h2>
        {may && (
          <Button look="plain" onClick={() => setEditing(true)}>
            <Icon name="edit" /> {shown.length === 0 ? 'Add tags' : 'Edit tags'}
          </Button>
        )}
      </div>
      {shown.length === 0 ? (
        <p className="muted registry-small">No tags. A tag is a name and a value that {version === undefined ? 'models' : 'versions'} are found by, and that policies can ask for.</p>
      ) : (
        <dl className="facts registry-tags">
          {shown.map(({ key, value }) => (
            <div key={key} className="registry-fact">
              <dt>{key}</dt>
              <dd>
                <Copyable text={value} title="Copy the exact value">
                  {value === '' ? '(empty)' : value.length > 300 ? `${value.slice(0, 299)}…` : value}
                </Copyable>
              </dd>
            </div>
          ))}
        </dl>
      )}
      {editing && <TagsDialog title={version === undefined ? `Tags of '${name}'` : `Tags of version ${version}`} tags={shown} onClose={() => setEditing(false)} save={(set, removed) => saveTags(name, version, set, removed)} saved={refresh} />}
    </section>
  );
}
