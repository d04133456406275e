import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Button } from '../ui/Button';
import { Field, TextField } from '../ui/Field';
import { count } from '../ui/format';
import { Loading, Shown } from '../ui/States';
import { toast } from '../ui/Toasts';
import { logQuery, saveLog } from './endpoints';
import { columnsText, readColumns } from './logColumns';
import type { Endpoint, PredictionLog } from './wire';
import { Wrong } from './Wrong';

/** What is noted of each request, and how much was lost. */
export function LogCard({ of, may }: { of: Endpoint; may: boolean }) {
  const log = useQuery(logQuery(of.name));
  return (
    <section className="card stack" aria-label="Prediction log">
      <h2>Prediction log</h2>
      <Shown of={log} loading={<Loading lines={4} />}>
        {(found) => <Form key={JSON.stringify({ ...found, counts: undefined })} of={of} log={found} may={may} />}
      </Shown>
    </section>
  );
}

function Form({ of, log, may }: { of: Endpoint; log: PredictionLog; may: boolean }) {
  const queries = useQueryClient();
  const [enabled, setEnabled] = useState(log.enabled ?? true);
  const [payload, setPayload] = useState(log.payload ?? true);
  const [sample, setSample] = useState(String((log.sample ?? 1) * 100));
  const [days, setDays] = useState(String(log.keep_days ?? 30));
  const [columns, setColumns] = useState(columnsText(log.columns));
  const [events, setEvents] = useState(log.cloud_events_url ?? '');
  const read = readColumns(columns);
  const share = Number(sample);
  const sampleWrong = !(sample.trim() !== '' && share >= 0 && share <= 100);
  const daysWrong = !(/^\d+$/.test(days.trim()) && Number(days) >= 1 && Number(days) <= 3650);
  const saving = useMutation({
    mutationFn: () => saveLog(of.name, { enabled, payload, sample: share / 100, keep_days: Number(days), columns: read ?? {}, ...(events.trim() !== '' && { cloud_events_url: events.trim() }) }),
    meta: { silent: true },
    onSuccess: async (now) => {
      toast('Saved. It counts from now on.');
      queries.setQueryData(logQuery(of.name).queryKey, now);
      await queries.invalidateQueries({ queryKey: logQuery(of.name).queryKey });
    },
  });
  return (
    <form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault();
        saving.mutate();
      }}
    >
      <fieldset className="endpoint-set" disabled={!may}>
        <label className="endpoint-check">
          <input type="checkbox" checked={enabled} onChange={(event) => setEnabled(event.target.checked)} /> Note each request
        </label>
        <label className="endpoint-check">
          <input type="checkbox" checked={payload} disabled={!enabled} onChange={(event) => setPayload(event.target.checked)} /> with what was asked and answered
        </label>
        <div className="endpoint-plan two">
          <Field label="Of a hundred requests, keep" inputMode="decimal" value={sample} onChange={(event) => setSample(event.target.value)} wrong={sampleWrong ? 'A number from 0 to 100.' : undefined} />
          <Field label="Days" inputMode="numeric" value={days} onChange={(event) => setDays(event.target.value)} wrong={daysWrong ? 'A whole number from 1 to 3,650.' : undefined} />
        </div>
        <TextField label="Columns that are not kept as they are" rows={3} className="input mono" spellCheck={false} placeholder={'ssn drop\nemail hash\nname mask'} value={columns} onChange={(event) => setColumns(event.target.value)} wrong={read === null ? 'One column a line: its name and drop, hash or mask.' : undefined} hint="One a line: drop leaves it out, hash keeps whether values are the same, mask writes ***." />
        <Field label="CloudEvents to" type="url" value={events} onChange={(event) => setEvents(event.target.value)} placeholder="https://" hint="Each logged request as two events. Empty: nowhere." />
      </fieldset>
      <Wrong problem={saving.error} />
      {may && (
        <div>
          <Button type="submit" look="primary" disabled={saving.isPending || read === null || sampleWrong || daysWrong}>
            Save
          </Button>
        </div>
      )}
      <Counts of={log.counts ?? {}} />
    </form>
  );
}

const words: Readonly<Record<string, string>> = { logged: 'logged', sampled_out: 'left out by the sample', lost_full: 'lost: memory was full', lost_large: 'without payload: too large', lost_write: 'lost: the store refused', cloud_events_sent: 'events sent', cloud_events_lost: 'events lost' };

function Counts({ of }: { of: Readonly<Record<string, number>> }) {
  const shown = Object.keys(words).filter((key) => key === 'logged' || (of[key] ?? 0) > 0);
  return (
    <p className="row endpoint-small" aria-label="Since this server started">
      {shown.map((key) => (
        <span key={key} className={key.startsWith('lost') || key.endsWith('lost') ? 'pill bad' : 'pill'}>
          {count(of[key] ?? 0)} {words[key]}
        </span>
      ))}
      <span className="muted">since this server started</span>
    </p>
  );
}
