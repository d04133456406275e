import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { FormDialog } from '../access/FormDialog';
import { post } from '../api/client';
import type { CheckResult } from '../gates/gates';
import { Button } from '../ui/Button';
import { TextField } from '../ui/Field';
import { Time } from '../ui/Value';
import type { Waiver } from './gates';
import { modelKey } from './models';

/** Lets a check pass for one version. The server knows who may; a refusal is told in the dialog. */
export function WaiveButton({ name, version, check }: { name: string; version: string; check: CheckResult }) {
  const [open, setOpen] = useState(false);
  if (!check.waivable || check.status === 'passed' || check.status === 'waived') return null;
  return (
    <>
      <Button look="plain" onClick={() => setOpen(true)} aria-label={`Waive: ${check.title ?? check.id}`}>
        Waive...
      </Button>
      {open && (
        <Reason
          name={name}
          title="Waive this check?"
          action="Waive"
          text={`“${check.title ?? check.id}” then passes for version ${version}. Your name and your reason stay visible for ever.`}
          send={(reason) => post('/api/slipway/v1/models/{name}/versions/{version}/waivers', { policy: check.policy, check: check.id, reason }, { path: { name, version } })}
          onClose={() => setOpen(false)}
        />
      )}
    </>
  );
}

/** Every waiver of a version, also those that were taken back. */
export function Waivers({ name, version, all }: { name: string; version: string; all: readonly Waiver[] }) {
  const [revoked, setRevoked] = useState<Waiver | null>(null);
  if (all.length === 0) return null;
  return (
    <section className="card stack" aria-label="Waivers">
      <h2>Waivers</h2>
      <ul role="list" className="thread">
        {all.map((one) => (
          <li key={one.id} className={one.revoked_ms ? undefined : 'waned'}>
            <p className="row between">
              <span>
                <strong>{one.check}</strong> of {one.policy}, waived by {one.by || 'somebody who is erased'} <Time at={one.at_ms} />
                {one.revoked_ms ? <span className="pill"> taken back</span> : null}
              </span>
              {!one.revoked_ms && (
                <Button look="plain" onClick={() => setRevoked(one)}>
                  Take back...
                </Button>
              )}
            </p>
            <p>{one.reason}</p>
            {one.revoked_ms ? (
              <p className="muted">
                Taken back by {one.revoked_by || 'somebody who is erased'} <Time at={one.revoked_ms} />: {one.revoked_reason}
              </p>
            ) : null}
          </li>
        ))}
      </ul>
      {revoked && (
        <Reason
          name={name}
          title="Take this waiver back?"
          action="Take back"
          text={`The check counts for version ${version} again. The waiver stays visible.`}
          send={(reason) => post('/api/slipway/v1/models/{name}/versions/{version}/waivers/{id}/revoke', { reason }, { path: { name, version, id: revoked.id } as never })}
          onClose={() => setRevoked(null)}
        />
      )}
    </section>
  );
}

function Reason({ name, title, action, text, send, onClose }: { name: string; title: string; action: string; text: string; send: (reason: string) => Promise<unknown>; onClose: () => void }) {
  const [reason, setReason] = useState('');
  const queries = useQueryClient();
  const sending = useMutation({
    mutationFn: () => send(reason.trim()),
    meta: { silent: true },
    onSuccess: async () => {
      onClose();
      await queries.invalidateQueries({ queryKey: modelKey(name) });
    },
  });
  return (
    <FormDialog title={title} action={action} danger ready={reason.trim() !== ''} busy={sending.isPending} wrong={sending.error} onSubmit={() => sending.mutate()} onClose={onClose}>
      <p>{text}</p>
      <TextField label="Why" rows={3} maxLength={5000} value={reason} onChange={(event) => setReason(event.target.value)} />
    </FormDialog>
  );
}
