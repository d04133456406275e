import { useQueryClient } from '@tanstack/react-query';
import { post } from '../api/client';
import { useMay } from '../app/me';
import { EditableText } from '../ui/EditableText';
import { noteTag } from './experiments';

/** What people wrote about a run. */
export function Description({ id, text }: { id: string; text: string | null }) {
  const may = useMay()('WriteExperiments');
  const queries = useQueryClient();
  return (
    <EditableText
      title="Description"
      text={text}
      empty="Nothing is written about this run."
      may={may}
      save={(value) => post('/api/2.0/mlflow/runs/set-tag', { run_id: id, key: noteTag, value })}
      saved={() => queries.invalidateQueries({ queryKey: ['run', id] })}
    />
  );
}
