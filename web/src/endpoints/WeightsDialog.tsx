import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { FormDialog } from '../access/FormDialog';
import { percent } from '../ui/format';
import { TextField } from '../ui/Field';
import { toast } from '../ui/Toasts';
import { ArmVersion } from './ArmVersion';
import { changed, route } from './endpoints';
import { RouteBar } from './RouteBar';
import { plansOf, weightsOf } from './weights';
import type { Endpoint } from './wire';
import { Wrong } from './Wrong';

/** New weights for the arms that are there. If somebody routed anew meanwhile nothing happens. */
export function WeightsDialog({ of, onClose }: { of: Endpoint; onClose: () => void }) {
  const queries = useQueryClient();
  // What is edited is what was there when the dialog opened: a newer state is refused by its revision, not mixed in.
  const [begun] = useState(of);
  const arms = begun.arms ?? [];
  const [texts, setTexts] = useState<Readonly<Record<string, string>>>(() => Object.fromEntries(arms.filter((arm) => !arm.shadow).map((arm) => [arm.name ?? '', String(arm.weight ?? 0)])));
  const [reason, setReason] = useState('');
  const weights = weightsOf(texts);
  const sum = weights === null ? 0 : Object.values(weights).reduce((total, one) => total + one, 0);
  const drawn = arms.map((arm) => ({ ...arm, weight: weights?.[arm.name ?? ''] ?? arm.weight, share: undefined }));
  const routing = useMutation({
    mutationFn: () => route(of.name, { arms: plansOf(arms, weights ?? {}), from_revision: begun.revision, ...(reason.trim() !== '' && { reason: reason.trim() }) }),
    meta: { silent: true },
    onSuccess: async (now) => {
      onClose();
      toast('The new weights count.');
      await changed(queries, of.name, now);
    },
  });
  return (
    <FormDialog title="Change weights" action="Change" ready={weights !== null && sum > 0} busy={routing.isPending} wrong={null} onSubmit={() => routing.mutate()} onClose={onClose}>
      <RouteBar arms={drawn} />
      <ul role="list" className="endpoint-weights">
        {arms
          .filter((arm) => !arm.shadow)
          .map((arm) => (
            <li key={arm.name}>
              <span>
                <strong>{arm.name}</strong> <ArmVersion of={arm} />
              </span>
              <input className="input" inputMode="decimal" aria-label={`Weight of ${arm.name}`} value={texts[arm.name ?? ''] ?? ''} onChange={(event) => setTexts({ ...texts, [arm.name ?? '']: event.target.value })} />
              <span className="endpoint-share">{sum > 0 ? percent((weights?.[arm.name ?? ''] ?? 0) / sum) : ''}</span>
            </li>
          ))}
      </ul>
      {weights === null && <p className="endpoint-wrong endpoint-small">Weights are numbers of 0 or more.</p>}
      {weights !== null && sum === 0 && <p className="endpoint-wrong endpoint-small">One of them must get something.</p>}
      <TextField label="Why" rows={2} maxLength={1000} value={reason} onChange={(event) => setReason(event.target.value)} hint="Stands in the history." />
      <Wrong problem={routing.error} />
    </FormDialog>
  );
}
