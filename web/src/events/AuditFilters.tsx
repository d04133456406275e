import { useNavigate, useSearch } from '@tanstack/react-router';
import { useMay } from '../app/me';
import { Button } from '../ui/Button';
import { filtered, type AuditSearch } from './filters';
import { kindsToChoose } from './words';

const ranges = [
  { since: '1h', text: 'last hour' },
  { since: '24h', text: 'last 24 hours' },
  { since: '7d', text: 'last 7 days' },
  { since: '30d', text: 'last 30 days' },
] as const;

/** The filters of the audit page. They live in the address. */
export function AuditFilters() {
  const search = useSearch({ from: '/settings/audit' });
  const navigate = useNavigate({ from: '/settings/audit' });
  const may = useMay();
  const set = (change: AuditSearch) => void navigate({ search: (before) => ({ ...before, event: undefined, ...change }), replace: true });
  const own = search.until !== undefined || (search.since !== undefined && !ranges.some((range) => range.since === search.since));
  return (
    <search className="audit-filters">
      <label className="field">
        <span>Kind</span>
        <select className="input" value={search.refused ? 'refused' : (search.kind ?? '')} onChange={(event) => set(event.target.value === 'refused' ? { refused: true, kind: undefined } : { refused: undefined, kind: event.target.value || undefined })}>
          <option value="">everything</option>
          <option value="refused">refused attempts</option>
          {kindsToChoose.map((one) => (
            <option key={one.kind} value={one.kind}>
              {one.label}
            </option>
          ))}
          {search.kind !== undefined && !kindsToChoose.some((one) => one.kind === search.kind) && <option value={search.kind}>{search.kind}</option>}
        </select>
      </label>
      <TextFilter label="Who" placeholder="name" value={search.actor} set={(actor) => set({ actor })} />
      <TextFilter label="About" placeholder="run/ID, experiment/7, person" value={search.subject} set={(subject) => set({ subject })} />
      <label className="field">
        <span>When</span>
        <select
          className="input"
          value={own ? 'own' : (search.since ?? '')}
          onChange={(event) => set(event.target.value === 'own' ? { since: localDay(-7), until: localDay(1) } : { since: event.target.value || undefined, until: undefined })}
        >
          <option value="">any time</option>
          {ranges.map((range) => (
            <option key={range.since} value={range.since}>
              {range.text}
            </option>
          ))}
          <option value="own">from ... to ...</option>
        </select>
      </label>
      {own && (
        <>
          <Moment label="From" value={search.since} set={(since) => set({ since })} />
          <Moment label="To" value={search.until} set={(until) => set({ until })} />
        </>
      )}
      {may('Administer') && (
        <label className="settings-check audit-all">
          <input type="checkbox" checked={search.all ?? false} onChange={(event) => set({ all: event.target.checked || undefined })} />
          All workspaces
        </label>
      )}
      {filtered(search) && (
        <Button look="plain" onClick={() => void navigate({ search: search.all ? { all: true } : {} })}>
          Clear
        </Button>
      )}
    </search>
  );
}

/** Asks when Enter is pressed or the field is left: every letter would be a search of its own. */
function TextFilter({ label, placeholder, value, set }: { label: string; placeholder: string; value: string | undefined; set: (value: string | undefined) => void }) {
  const commit = (text: string) => {
    if ((text.trim() || undefined) !== value) set(text.trim() || undefined);
  };
  return (
    <label className="field">
      <span>{label}</span>
      <input
        key={value ?? ''}
        className="input"
        type="search"
        maxLength={500}
        placeholder={placeholder}
        defaultValue={value ?? ''}
        onBlur={(event) => commit(event.target.value)}
        onKeyDown={(event) => event.key === 'Enter' && commit(event.currentTarget.value)}
      />
    </label>
  );
}

function Moment({ label, value, set }: { label: string; value: string | undefined; set: (value: string | undefined) => void }) {
  return (
    <label className="field">
      <span>{label}</span>
      <input className="input" type="datetime-local" value={value ?? ''} onChange={(event) => set(event.target.value || undefined)} />
    </label>
  );
}

function localDay(days: number): string {
  const at = new Date();
  at.setDate(at.getDate() + days);
  const two = (part: number) => String(part).padStart(2, '0');
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}T00:00`;
}
