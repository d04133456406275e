import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { FormDialog } from '../access/FormDialog';
import { TextField } from '../ui/Field';
import { toast } from '../ui/Toasts';
import { Time } from '../ui/Value';
import { armsText, lastOther } from './history';
import { changed, historyQuery, pause, resume, rollBack, steer, type CanaryAction } from './endpoints';
import type { Endpoint, Revision } from './wire';
import { Wrong } from './Wrong';

interface Asked {
  of: Endpoint;
  title: string;
  action: string;
  danger?: boolean;
  must?: boolean;
  done: string;
  run: (reason: string) => Promise<Endpoint>;
  onClose: () => void;
  children?: ReactNode;
}

/** Does one thing to an endpoint, and asks why. */
function ReasonDialog({ of, title, action, danger, must, done, run, onClose, children }: Asked) {
  const queries = useQueryClient();
  const [reason, setReason] = useState('');
  const doing = useMutation({
    mutationFn: () => run(reason.trim()),
    meta: { silent: true },
    onSuccess: async (now) => {
      onClose();
      toast(done);
      await changed(queries, of.name, now);
    },
  });
  return (
    <FormDialog title={title} action={action} danger={danger} ready={!must || reason.trim() !== ''} busy={doing.isPending} wrong={null} onSubmit={() => doing.mutate()} onClose={onClose}>
      {children}
      <TextField label="Why" rows={3} maxLength={1000} value={reason} onChange={(event) => setReason(event.target.value)} hint={must ? 'Required. Stands in the history.' : 'Stands in the history.'} />
      <Wrong problem={doing.error} />
    </FormDialog>
  );
}

/** The way back: to what was routed before, or to a revision of one's choice. */
export function RollbackDialog({ of, to, onClose }: { of: Endpoint; to?: Revision | undefined; onClose: () => void }) {
  const history = useInfiniteQuery(historyQuery(of.name));
  const before = to ?? lastOther(history.data?.pages.flatMap((page) => page.revisions ?? []) ?? [], of);
  return (
    <ReasonDialog
      of={of}
      title={`Roll back ${of.name}`}
      action={to ? `Roll back to revision ${to.revision}` : 'Roll back'}
      danger
      must
      done={`${of.name} is rolled back.`}
      run={(reason) => rollBack(of.name, { reason, ...(to && { revision: to.revision }) })}
      onClose={onClose}
    >
      {before ? (
        <p>
          It routes again as {to ? `in revision ${before.revision}` : 'before the newest change of versions'}, <Time at={before.at_ms} />: <strong>{armsText(before.arms)}</strong>. Requests that are under way end on the version that they began with.
        </p>
      ) : (
        <p>It routes again as before the newest change of versions. Where nothing was before, it says so and changes nothing.</p>
      )}
    </ReasonDialog>
  );
}

/** Stops answering, or answers again. */
export function PauseDialog({ of, onClose }: { of: Endpoint; onClose: () => void }) {
  const paused = of.state === 'paused';
  return (
    <ReasonDialog of={of} title={paused ? `Resume ${of.name}` : `Pause ${of.name}`} action={paused ? 'Resume' : 'Pause'} danger={!paused} done={paused ? `${of.name} answers again.` : `${of.name} is paused.`} run={(reason) => (paused ? resume(of.name, reason) : pause(of.name, reason))} onClose={onClose}>
      <p>{paused ? 'It answers again, with the versions that it routes to.' : 'Requests are answered 503 until somebody resumes it. Its routes stay what they are.'}</p>
    </ReasonDialog>
  );
}

const canary: Readonly<Record<CanaryAction, { title: string; action: string; danger?: boolean; text: string; done: string }>> = {
  promote: { title: 'Promote the canary now', action: 'Promote', text: 'It becomes the main arm at once; the steps that are left are skipped.', done: 'The canary is the main arm.' },
  abort: { title: 'Abort the canary', action: 'Abort', danger: true, text: 'It is taken out at once; the others get all requests again.', done: 'The canary is taken out.' },
  hold: { title: 'Hold the canary', action: 'Hold', text: 'It stays at its share until somebody lets it go on. It still goes back by itself when it is worse.', done: 'The canary is held.' },
  go: { title: 'Let the canary go on', action: 'Go on', text: 'It climbs on, step by step.', done: 'The canary climbs on.' },
};

/** Steers a canary by hand. */
export function CanaryDialog({ of, action, onClose }: { of: Endpoint; action: CanaryAction; onClose: () => void }) {
  const said = canary[action];
  return (
    <ReasonDialog of={of} title={said.title} action={said.action} danger={said.danger ?? false} done={said.done} run={(reason) => steer(of.name, action, reason)} onClose={onClose}>
      <p>{said.text}</p>
    </ReasonDialog>
  );
}
