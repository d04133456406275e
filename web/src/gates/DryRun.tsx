import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { Button } from '../ui/Button';
import { Chooser } from '../ui/Chooser';
import { Field } from '../ui/Field';
import { Empty, Failed, Loading } from '../ui/States';
import { findModels } from './Attachments';
import { CheckResults } from './CheckResults';
import { slotName } from './gates';
import { dryRunQuery, type Policy } from './policies';

/** How a version of a model would do at the places where this policy counts. Nothing is recorded and nothing moved; which version is in the address. */
export function DryRun({ of }: { of: Policy }) {
  const { model = '', try: version = '' } = useSearch({ from: '/settings/policies/$name' });
  const navigate = useNavigate({ from: '/settings/policies/$name' });
  const [number, setNumber] = useState(version);
  const ready = model !== '' && version !== '';
  const tried = useQuery({ ...dryRunQuery(model, version), enabled: ready });
  const lists = (tried.data ?? []).map((list) => ({ ...list, checks: (list.checks ?? []).filter((one) => one.policy === of.name) })).filter((list) => list.checks.length > 0);
  const go = (next: { model?: string | undefined; try?: string | undefined }) => void navigate({ search: (before) => ({ ...before, ...next }), replace: true, resetScroll: false });
  return (
    <section className="card stack" aria-label="Try it on a version">
      <h2>Try it on a version</h2>
      <p className="muted">What would be missing; nothing is moved or recorded.</p>
      <form
        className="policies-try"
        onSubmit={(event) => {
          event.preventDefault();
          if (number === version) void tried.refetch();
          else go({ try: number || undefined });
        }}
      >
        <Chooser label="Model" of="models" chosen={model === '' ? null : { id: model, name: model }} onChoose={(choice) => go({ model: choice?.id, try: undefined })} find={findModels} placeholder="Part of its name" />
        <Field label="Version" inputMode="numeric" maxLength={19} autoComplete="off" value={number} onChange={(event) => setNumber(event.target.value.replace(/\D/g, ''))} />
        <Button type="submit" disabled={model === '' || number === '' || tried.isFetching}>
          Try
        </Button>
      </form>
      <div aria-live="polite" className="stack">
        {ready && tried.isPending && <Loading lines={4} />}
        {ready && tried.error && <Failed problem={tried.error} retry={() => void tried.refetch()} />}
        {ready && tried.data && lists.length === 0 && (
          <Empty title="It does not count for this model">
            <p>It is attached to no alias or stage of {model}. Attach it above, then try again.</p>
          </Empty>
        )}
        {lists.map((list) => {
          const missing = list.checks.filter((one) => one.status !== 'passed' && one.status !== 'waived').length;
          return (
            <div key={slotName(list)} className="policies-tried">
              <h3 className="row">
                {model} version {version} to {slotName(list)} <span className={missing === 0 ? 'pill good' : 'pill bad'}>{missing === 0 ? 'would pass' : `${missing} missing`}</span>
              </h3>
              <CheckResults checks={list.checks} />
            </div>
          );
        })}
      </div>
    </section>
  );
}
