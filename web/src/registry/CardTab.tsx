import { useMutation, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState, type ReactNode } from 'react';
import { address } from '../api/client';
import { useMay } from '../app/me';
import { Button } from '../ui/Button';
import { bytes, count, moment } from '../ui/format';
import { Icon } from '../ui/Icon';
import { Markdown } from '../ui/Markdown';
import { Menu } from '../ui/Menu';
import { Loading, Shown } from '../ui/States';
import { Copyable, Num, Time } from '../ui/Value';
import { fileName, saveFile } from './exports';
import { cardQuery, hasPassed, profileFields, type Card } from './profile';
import { Day } from './ProfileCard';
import { SectionsDialog } from './SectionsDialog';
import './card.css';

const exported = [
  { label: 'Markdown', path: '/card/markdown', ending: 'md' },
  { label: 'HTML', path: '/card/html', ending: 'html' },
  { label: 'ML-BOM (CycloneDX)', path: '/bom', ending: 'cdx.json' },
  { label: 'Evidence pack, signed', path: '/evidence', ending: 'zip' },
] as const;

/** The card of a version: what is known of it, gathered from everywhere, and what its authors wrote. */
export function CardTab({ name, version }: { name: string; version: string }) {
  const card = useQuery(cardQuery(name, version));
  const may = useMay()('WriteModels');
  const [editing, setEditing] = useState(false);
  const saving = useMutation({ mutationFn: ({ path, ending }: (typeof exported)[number]) => saveFile(address(`/api/slipway/v1/models/{name}/versions/{version}${path}`, { name, version }), fileName(name, version, ending)) });
  return (
    <Shown of={card} loading={<Loading lines={10} />}>
      {(of) => (
        <div className="stack">
          <div className="row between">
            <p className="muted registry-small">{(of.lacking?.length ?? 0) > 0 ? `Nobody has said yet: ${of.lacking!.map((one) => one.replaceAll('_', ' ')).join(', ')}.` : 'Everything that a card asks for is there.'}</p>
            <span className="row">
              {may && (
                <Button onClick={() => setEditing(true)}>
                  <Icon name="edit" /> Sections
                </Button>
              )}
              <Menu
                label={
                  <>
                    <Icon name="download" /> {saving.isPending ? 'Saving...' : 'Save as'}
                  </>
                }
                title="Save as"
                items={exported.map((one) => ({ label: one.label, onSelect: () => saving.mutate(one), disabled: saving.isPending }))}
              />
            </span>
          </div>
          {(of.hidden?.length ?? 0) > 0 && <p className="registry-small">Not shown, because you may not see it: {of.hidden!.join(', ')}.</p>}
          <article className="card model-card">
            <Sheet of={of} />
          </article>
          {editing && <SectionsDialog name={name} version={version} card={of} onClose={() => setEditing(false)} />}
        </div>
      )}
    </Shown>
  );
}

function Sheet({ of }: { of: Card }) {
  return (
    <>
      <header className="model-card-head">
        <h2>
          {of.name} <span className="muted">version {of.version}</span>
        </h2>
        <p className="muted registry-small">
          Registered {moment(of.registered_ms ?? 0)}
          {of.registered_by && ` by ${of.registered_by}`}
          {of.stage && of.stage !== 'None' && `, in the stage ${of.stage}`}
          {(of.aliases?.length ?? 0) > 0 && `, behind ${of.aliases!.map((alias) => `@${alias}`).join(', ')}`}.
        </p>
      </header>
      <Texts title="Description" texts={[of.model_description, of.description]} />
      <Ownership of={of} />
      {(of.sections ?? []).map((section, index) => (
        <Part key={index} title={section.title ?? ''}>
          <Markdown text={section.text ?? ''} />
        </Part>
      ))}
      <Metrics of={of} />
      <Data of={of} />
      <Training of={of} />
      <Package of={of} />
      <Decisions of={of} />
    </>
  );
}

function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className="model-card-part" aria-label={title}>
      <h3>{title}</h3>
      {children}
    </section>
  );
}

function Texts({ title, texts }: { title: string; texts: readonly (string | undefined)[] }) {
  const there = texts.filter((text): text is string => !!text);
  return there.length === 0 ? null : (
    <Part title={title}>
      {there.map((text, index) => (
        <Markdown key={index} text={text} />
      ))}
    </Part>
  );
}

function Ownership({ of }: { of: Card }) {
  const profile = of.profile ?? {};
  const there = profileFields.filter(({ key }) => profile[key]);
  if (there.length === 0) return null;
  return (
    <Part title="Ownership and use">
      <dl className="facts">
        {there.map(({ key, label, long }) => (
          <div key={key} className="registry-fact">
            <dt>{label}</dt>
            <dd>{long ? <Markdown text={profile[key]!} /> : key.endsWith('_date') ? <Day of={profile[key]!} passed={hasPassed(profile[key], Date.now())} word="passed" /> : profile[key]}</dd>
          </div>
        ))}
      </dl>
    </Part>
  );
}

function Metrics({ of }: { of: Card }) {
  const metrics = of.metrics ?? [];
  if (metrics.length === 0) return null;
  return (
    <Part title="Metrics">
      <div className="scroll-x" tabIndex={0} role="group" aria-label="Metrics">
        <table className="data">
          <thead>
            <tr>
              <th scope="col">Metric</th>
              <th scope="col" className="number">
                Value
              </th>
              <th scope="col">From</th>
              <th scope="col">On</th>
            </tr>
          </thead>
          <tbody>
            {metrics.map((metric, index) => (
              <tr key={index}>
                <th scope="row">{metric.key}</th>
                <td className="number">
                  <Num value={metric.value ?? NaN} />
                </td>
                <td>{metric.origin === 'computed' ? <span className="pill good">computed</span> : <span className="pill warn" title="A program logged it; nobody checked.">claimed</span>}</td>
                <td>
                  {metric.dataset_name} {metric.dataset_digest && <Digest of={metric.dataset_digest} />}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <More shown={metrics.length} total={of.metrics_total} what="metrics" />
    </Part>
  );
}

function Data({ of }: { of: Card }) {
  const sets = of.datasets ?? [];
  if (sets.length === 0) return null;
  return (
    <Part title="Data">
      <ul>
        {sets.map((one, index) => (
          <li key={index}>
            {one.name} {one.context && <span className="muted">for {one.context}</span>} <Digest of={one.digest} />
          </li>
        ))}
      </ul>
      <More shown={sets.length} total={of.datasets_total} what="data sets" />
    </Part>
  );
}

function Training({ of }: { of: Card }) {
  const params = of.params ?? [];
  if (!of.run && params.length === 0) return null;
  const run = of.run;
  return (
    <Part title="How it was made">
      {run && (
        <p>
          By the run <Link to="/runs/$runId" params={{ runId: run.run_id ?? '' }}>{run.name}</Link> of {run.experiment_name}
          {run.end_ms ? (
            <>
              , which ended <Time at={run.end_ms} />
            </>
          ) : null}
          {run.commit && (
            <>
              , from the commit{' '}
              <Copyable text={run.commit} title={run.commit}>
                <code>{run.commit.slice(0, 10)}</code>
              </Copyable>
              {run.dirty && <> with uncommitted changes</>}
            </>
          )}
          .
        </p>
      )}
      {params.length > 0 && (
        <dl className="facts model-card-params">
          {params.map((param, index) => (
            <div key={index} className="registry-fact">
              <dt>{param.key}</dt>
              <dd>{(param.value ?? '').slice(0, 500)}</dd>
            </div>
          ))}
        </dl>
      )}
      <More shown={params.length} total={of.params_total} what="params" />
    </Part>
  );
}

function Package({ of }: { of: Card }) {
  const made = of.package;
  if (!made) return null;
  return (
    <Part title="Files">
      <p>
        {count(made.files)} {made.files === 1 ? 'file' : 'files'}
        {made.bytes !== undefined && `, ${bytes(made.bytes)}`}
        {(made.flavors?.length ?? 0) > 0 && `, to be loaded as ${made.flavors!.join(', ')}`}.{' '}
        {made.digest && (
          <>
            Digest <Digest of={made.digest} />
          </>
        )}
      </p>
      {made.remark && <p className="muted">{made.remark}</p>}
    </Part>
  );
}

function Decisions({ of }: { of: Card }) {
  const [checks, approvals] = [of.checks ?? [], of.approvals ?? []];
  if (checks.length + approvals.length === 0) return null;
  return (
    <Part title="Gates and approvals">
      <ul>
        {checks.map((check, index) => (
          <li key={`c${index}`}>
            <span className={`pill ${check.outcome === 'passed' ? 'good' : check.outcome === 'failed' ? 'bad' : 'warn'}`}>{check.outcome}</span> {check.name}
            {check.detail && <span className="muted">: {check.detail}</span>}
          </li>
        ))}
        {approvals.map((one, index) => (
          <li key={`a${index}`}>
            <span className={`pill ${one.decision === 'approved' ? 'good' : 'bad'}`}>{one.decision}</span> by {one.actor ?? 'somebody who is erased'}, <Time at={one.at_ms} />
            {one.comment && <span className="muted">: {one.comment}</span>}
          </li>
        ))}
      </ul>
    </Part>
  );
}

function Digest({ of }: { of: string | undefined }) {
  if (!of) return null;
  return (
    <Copyable text={of} title={`Copy ${of}`}>
      <code>{of.length > 16 ? `${of.slice(0, 16)}…` : of}</code>
    </Copyable>
  );
}

function More({ shown, total, what }: { shown: number; total: number | undefined; what: string }) {
  return (total ?? 0) > shown ? (
    <p className="muted registry-small">
      {count((total ?? 0) - shown)} more {what}: the run has all of them.
    </p>
  ) : null;
}
