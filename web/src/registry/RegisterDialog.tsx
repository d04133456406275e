import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useId, useState } from 'react';
import { FormDialog } from '../access/FormDialog';
import { post, Problem } from '../api/client';
import { tag } from '../tracking/experiments';
import type { Run } from '../tracking/runs';
import { Field, TextField } from '../ui/Field';
import { toast } from '../ui/Toasts';
import { filterOf } from './filter';
import { modelKey, modelsPage } from './models';
import { sourcesOf } from './sources';

/** Makes the next version of a model, or the first of a new one, of what a run left. */
export function RegisterDialog({ run, id, onClose }: { run: Run; id: string; onClose: () => void }) {
  const known = sourcesOf(id, tag(run.data?.tags, 'mlflow.log-model.history'), (run.outputs?.model_outputs ?? []).flatMap(({ model_id }) => model_id ?? []));
  const [source, setSource] = useState(known[0]?.source ?? `runs:/${id}/model`);
  const [name, setName] = useState('');
  const [about, setAbout] = useState('');
  const ids = useId();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const models = useQuery({ queryKey: ['models', 'named', name], queryFn: async ({ signal }) => (await modelsPage(filterOf(name), false, undefined, signal)).models, placeholderData: (before) => before });
  const exists = models.data?.some((one) => one.name === name.trim()) === true;
  const registering = useMutation({
    mutationFn: async () => {
      const wanted = name.trim();
      if (!exists) await post('/api/2.0/mlflow/registered-models/create', { name: wanted }).catch(unlessThere);
      const made = await post('/api/2.0/mlflow/model-versions/create', { name: wanted, source: source.trim(), run_id: id, model_id: known.find((one) => one.source === source)?.model, description: about.trim() || undefined });
      return { name: wanted, version: made.model_version?.version ?? '' };
    },
    meta: { silent: true },
    onSuccess: async ({ name: of, version }) => {
      onClose();
      toast(`Registered as version ${version} of '${of}'.`);
      await queries.invalidateQueries({ queryKey: modelKey(of) });
      await navigate({ to: '/models/$name/versions/$version', params: { name: of, version } });
    },
  });
  return (
    <FormDialog title="Register the model" action="Register" ready={name.trim() !== '' && source.trim() !== ''} busy={registering.isPending} wrong={registering.error} onSubmit={() => registering.mutate()} onClose={onClose}>
      <Field label="Model" value={name} maxLength={256} autoComplete="off" list={`${ids}-models`} onChange={(event) => setName(event.target.value)} hint={name.trim() === '' ? 'An existing one, or a new name.' : exists ? 'It gets its next version.' : 'A new model is made.'} />
      <datalist id={`${ids}-models`}>
        {(models.data ?? []).slice(0, 50).map((one) => (
          <option key={one.name} value={one.name} />
        ))}
      </datalist>
      <Field label="Files" value={source} list={`${ids}-files`} autoComplete="off" onChange={(event) => setSource(event.target.value)} hint="The folder of the model among the run's artifacts, or a logged model." />
      <datalist id={`${ids}-files`}>
        {known.map((one) => (
          <option key={one.source} value={one.source}>
            {one.label}
          </option>
        ))}
      </datalist>
      <TextField label="What is new" rows={3} maxLength={5000} value={about} onChange={(event) => setAbout(event.target.value)} hint="Markdown. The description of the version." />
    </FormDialog>
  );
}

/** Somebody made it in this moment: that is as good. */
function unlessThere(problem: unknown): void {
  if (!(problem instanceof Problem && problem.code === 'RESOURCE_ALREADY_EXISTS')) throw problem;
}
