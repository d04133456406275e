import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { FormDialog } from '../access/FormDialog';
import { TextField } from '../ui/Field';
import { Failed, Loading } from '../ui/States';
import { toast } from '../ui/Toasts';
import { Time } from '../ui/Value';
import { isThere, modelKey, staysQuery } from './models';
import { rollBack } from './moves';
import { Refused } from './Refused';
import { earlier, slotText, type Slot } from './slots';
import { VersionLink } from './SlotChip';

/** The way back: says to which version, and asks why. If somebody moves the slot meanwhile, nothing happens. */
export function RollbackDialog({ name, slot, from, onClose }: { name: string; slot: Slot; from: string; onClose: () => void }) {
  const queries = useQueryClient();
  const [reason, setReason] = useState('');
  const stays = useQuery({ ...staysQuery(name, { [slot.kind]: slot.name }), refetchInterval: false });
  const good = useQuery({
    queryKey: [...modelKey(name), 'good', slot, from, stays.dataUpdatedAt],
    queryFn: async ({ signal }) => {
      for (const version of earlier(stays.data!.stays, from).slice(0, 50)) if (await isThere(name, version, signal)) return version;
      return null;
    },
    enabled: stays.data !== undefined,
  });
  const before = stays.data?.stays.find((stay) => stay.version === good.data && !stay.rolled_back);
  const going = useMutation({
    mutationFn: () => rollBack(name, slot, from, reason),
    meta: { silent: true },
    onSuccess: async (done) => {
      onClose();
      toast(`${slotText(slot)} is back at version ${done.to}.`);
      await queries.invalidateQueries({ queryKey: modelKey(name) });
    },
  });
  return (
    <FormDialog title={`Roll back ${slotText(slot)}`} action={good.data ? `Roll back to version ${good.data}` : 'Roll back'} danger ready={reason.trim() !== '' && !!good.data} busy={going.isPending} wrong={null} onSubmit={() => going.mutate()} onClose={onClose}>
      {stays.error || good.error ? (
        <Failed problem={stays.error ?? good.error} retry={() => void (stays.error ? stays.refetch() : good.refetch())} />
      ) : good.data === undefined ? (
        <Loading lines={2} />
      ) : good.data === null ? (
        <p>No earlier version that is still there and was not itself rolled back from stood at {slotText(slot)}. Move another version there instead.</p>
      ) : (
        <p>
          Version <VersionLink name={name} version={from} /> leaves, and version <VersionLink name={name} version={good.data} /> comes back: it stood there until <Time at={before?.until_ms} />
          {before?.from_reason && <> (“{before.from_reason}”)</>}. Version {from} is not gone back to again, unless somebody puts it there anew.
        </p>
      )}
      {good.data !== null && <TextField label="Why" rows={3} maxLength={1000} value={reason} onChange={(event) => setReason(event.target.value)} hint="Required. Stands in the history." />}
      {going.error && <Refused problem={going.error} name={name} version={good.data ?? ''} slot={slot} onLeave={onClose} />}
    </FormDialog>
  );
}
