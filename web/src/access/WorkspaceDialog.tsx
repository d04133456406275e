import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { patch, post } from '../api/client';
import { Field } from '../ui/Field';
import { toast } from '../ui/Toasts';
import type { Workspace } from './access';
import { FormDialog } from './FormDialog';
import { size, sizeText, whole } from './quota';

/** Makes a workspace, or changes its description and limits. */
export function WorkspaceDialog({ of, onClose }: { of: Workspace | null; onClose: () => void }) {
  const [name, setName] = useState('');
  const [description, setDescription] = useState(of?.description ?? '');
  const [byteText, setByteText] = useState(sizeText(of?.quota?.bytes));
  const [runText, setRunText] = useState(of?.quota?.runs?.toString() ?? '');
  const [rateText, setRateText] = useState(of?.quota?.requests_per_second?.toString() ?? '');
  const [encrypt, setEncrypt] = useState(of?.encrypt_artifacts ?? false);
  const queries = useQueryClient();
  const bytes = size(byteText);
  const runs = whole(runText, 0, Number.MAX_SAFE_INTEGER);
  const rate = whole(rateText, 1, 1_000_000);
  const badName = of === null && name !== '' && !/^[a-z][a-z0-9-]*[a-z0-9]$/.test(name) ? "Lower-case letters, digits and '-', 2 or more, beginning with a letter." : undefined;
  const saving = useMutation({
    mutationFn: async () => {
      // Together they are one value: what is left out has no limit.
      const quota = { ...(bytes !== null && bytes !== undefined && { bytes }), ...(runs !== null && runs !== undefined && { runs }), ...(rate !== null && rate !== undefined && { requests_per_second: rate }) };
      if (of === null) await post('/api/3.0/mlflow/workspaces', { name, description, quota, encrypt_artifacts: encrypt });
      else await patch('/api/3.0/mlflow/workspaces/{name}', { description, quota, encrypt_artifacts: encrypt }, { path: { name: of.name } });
    },
    meta: { silent: true },
    onSuccess: () => {
      onClose();
      if (of === null) toast(`'${name}' is there. Give roles in it under Members or Groups.`);
      return queries.invalidateQueries({ queryKey: ['workspaces'] });
    },
  });
  return (
    <FormDialog
      title={of === null ? 'New workspace' : `Change '${of.name}'`}
      action={of === null ? 'Create' : 'Save'}
      ready={(of !== null || name.length >= 2) && badName === undefined && bytes !== undefined && runs !== undefined && rate !== undefined}
      busy={saving.isPending}
      wrong={saving.error}
      onSubmit={() => saving.mutate()}
      onClose={onClose}
    >
      {of === null && <Field label="Name" autoFocus autoComplete="off" spellCheck={false} maxLength={63} value={name} onChange={(event) => setName(event.target.value)} wrong={badName} hint="Programs name it by this." />}
      <Field label="Description" maxLength={1000} value={description} onChange={(event) => setDescription(event.target.value)} />
      <Field label="Most bytes of artifacts" placeholder="no limit" value={byteText} onChange={(event) => setByteText(event.target.value)} wrong={bytes === undefined ? 'Not a size: try 500 GB.' : undefined} hint="Such as 500 GB. What is there already stays, whatever the limit." />
      <Field label="Most runs" inputMode="numeric" placeholder="no limit" value={runText} onChange={(event) => setRunText(event.target.value)} wrong={runs === undefined ? 'Not a whole number.' : undefined} hint="Runs count until they are deleted for good." />
      <Field label="Most requests a second" inputMode="numeric" placeholder="no limit" value={rateText} onChange={(event) => setRateText(event.target.value)} wrong={rate === undefined ? 'A whole number of 1 to 1,000,000.' : undefined} hint="Of all members together." />
      <label className="settings-check">
        <input type="checkbox" checked={encrypt} onChange={(event) => setEncrypt(event.target.checked)} />
        <span>
          Encrypt artifacts <span className="muted">that come from now on</span>
        </span>
      </label>
    </FormDialog>
  );
}
