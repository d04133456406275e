import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Button } from '../ui/Button';
import { EditableText } from '../ui/EditableText';
import { Field } from '../ui/Field';
import { toast } from '../ui/Toasts';
import { change, changed, mayDo } from './endpoints';
import { InputRulesCard } from './InputRulesCard';
import { KeysCard } from './KeysCard';
import { LogCard } from './LogCard';
import { stickyOf, stickyParts, type StickyKind } from './sticky';
import type { Endpoint } from './wire';
import { Wrong } from './Wrong';

/** What an endpoint is about, how it treats requests, what it notes of them, and who may call it. */
export function SettingsTab({ of }: { of: Endpoint }) {
  const queries = useQueryClient();
  const write = mayDo(of, 'write');
  return (
    <div className="endpoint-columns">
      <div className="stack">
        <EditableText title="Description" text={of.description || null} empty="What it answers, and for whom." may={write} max={5000} save={(description) => change(of.name, { description })} saved={() => changed(queries, of.name)} />
        <Requests key={`requests ${of.revision}`} of={of} may={write} />
        <InputRulesCard key={`rules ${JSON.stringify(of.input_rules)}`} of={of} may={write} />
      </div>
      <div className="stack">
        <LogCard of={of} may={write} />
        {mayDo(of, 'manage') && <KeysCard of={of} />}
      </div>
    </div>
  );
}

function Requests({ of, may }: { of: Endpoint; may: boolean }) {
  const queries = useQueryClient();
  const begun = stickyParts(of.sticky);
  const [detail, setDetail] = useState(of.detail ?? 'full');
  const [kind, setKind] = useState<StickyKind>(begun.kind);
  const [value, setValue] = useState(begun.value);
  const [timeout, setTimeout] = useState(of.timeout_ms == null ? '' : String(of.timeout_ms));
  const late = timeout.trim() === '' ? null : Number(timeout);
  const wrong = late !== null && !(Number.isInteger(late) && late > 0) ? 'A whole number of milliseconds, or nothing.' : undefined;
  const saving = useMutation({
    mutationFn: () => change(of.name, { detail, sticky: stickyOf(kind, value), timeout_ms: late ?? 0 }),
    meta: { silent: true },
    onSuccess: async (now) => {
      toast('Saved. It counts from now on.');
      await changed(queries, of.name, now);
    },
  });
  return (
    <form
      className="card stack"
      aria-label="Requests"
      onSubmit={(event) => {
        event.preventDefault();
        saving.mutate();
      }}
    >
      <h2>Requests</h2>
      <label className="field">
        <span>What errors tell</span>
        <select className="input" disabled={!may} value={detail} onChange={(event) => setDetail(event.target.value)}>
          <option value="full">full: path, row, column and what came</option>
          <option value="shape">shape: everything but the values</option>
          <option value="none">none: only that it does not fit</option>
        </select>
      </label>
      <div className="endpoint-plan two">
        <label className="field">
          <span>Same key, same arm</span>
          <select className="input" disabled={!may} value={kind} onChange={(event) => setKind(event.target.value as StickyKind)}>
            <option value="">no: each request by chance</option>
            <option value="header">by a header</option>
            <option value="column">by a column</option>
            <option value="json">by a place in the body</option>
          </select>
        </label>
        {kind !== '' && <Field label={kind === 'header' ? 'Header' : kind === 'column' ? 'Column' : 'Pointer'} disabled={!may} value={value} maxLength={200} placeholder={kind === 'header' ? 'x-user' : kind === 'column' ? 'customer' : '/user/id'} onChange={(event) => setValue(event.target.value)} />}
      </div>
      <Field label="Time limit, in milliseconds" disabled={!may} inputMode="numeric" value={timeout} onChange={(event) => setTimeout(event.target.value)} wrong={wrong} hint="Empty: as long as the caller waits." />
      <Wrong problem={saving.error} />
      {may && (
        <div>
          <Button type="submit" look="primary" disabled={saving.isPending || wrong !== undefined || (kind !== '' && value.trim() === '')}>
            Save
          </Button>
        </div>
      )}
    </form>
  );
}
