import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { FormDialog } from '../access/FormDialog';
import { CodeBlock } from '../ui/CodeBlock';
import { Field } from '../ui/Field';
import { bytes } from '../ui/format';
import { Shown } from '../ui/States';
import { evalDatasetsQuery, evaluate } from './evaluations';
import { modelKey } from './models';

/** Asks the server to score a version on a pinned data set. */
export function EvaluateDialog({ name, version, onClose }: { name: string; version: string; onClose: () => void }) {
  const datasets = useQuery(evalDatasetsQuery);
  const [dataset, setDataset] = useState('');
  const [metrics, setMetrics] = useState('');
  const queries = useQueryClient();
  const only = metrics.split(/[\s,]+/).filter((one) => one !== '');
  const asking = useMutation({
    mutationFn: () => evaluate(name, version, dataset, only),
    meta: { silent: true },
    onSuccess: async () => {
      onClose();
      await queries.invalidateQueries({ queryKey: modelKey(name) });
    },
  });
  const chosen = datasets.data?.find((one) => one.name === dataset)?.versions?.[0];
  return (
    <FormDialog title={`Evaluate version ${version}`} action="Evaluate" ready={dataset !== ''} busy={asking.isPending} wrong={asking.error} onSubmit={() => asking.mutate()} onClose={onClose}>
      <Shown of={datasets}>
        {(all) =>
          all.length === 0 ? (
            <>
              <p>No data set is pinned in this workspace yet. Pin one from a terminal:</p>
              <CodeBlock text="slipway eval-datasets add holdout test.csv --target label" label="Pin a data set" />
            </>
          ) : (
            <label className="field">
              <span>Data set</span>
              <select className="input" value={dataset} onChange={(event) => setDataset(event.target.value)}>
                <option value="">choose one</option>
                {all.map((one) => (
                  <option key={one.name}>{one.name}</option>
                ))}
              </select>
              {chosen && (
                <small>
                  Version {chosen.version}: {chosen.format}, {bytes(chosen.size)}, the target is {chosen.target}.
                </small>
              )}
            </label>
          )
        }
      </Shown>
      <Field label="Metrics" value={metrics} onChange={(event) => setMetrics(event.target.value)} placeholder="all that fit the model" hint="Names with commas, such as roc_auc, log_loss; empty for all." />
    </FormDialog>
  );
}
