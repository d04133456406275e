import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { patch } from '../api/client';
import { useMay } from '../app/me';
import { RunName } from '../tracking/RunOverview';
import { CodeBlock } from '../ui/CodeBlock';
import { EditableText } from '../ui/EditableText';
import { bytes, count } from '../ui/format';
import { Shown } from '../ui/States';
import { Copyable } from '../ui/Value';
import { ScanPill } from './Inspection';
import { modelKey, packageQuery, type Version } from './models';
import { ServingAt } from '../endpoints/ServingAt';
import { OriginCard } from './OriginCard';
import { Promotions } from './Promotions';
import { Signature } from './Signature';
import { TagsCard } from './TagsCard';

/** What a version is, at a glance. */
export function VersionOverview({ of }: { of: Version }) {
  const [name, version] = [of.name ?? '', of.version ?? ''];
  const made = useQuery(packageQuery(name, version));
  const may = useMay()('WriteModels');
  const queries = useQueryClient();
  return (
    <div className="registry-columns">
      <div className="stack">
        <EditableText
          title="Description"
          text={of.description ?? null}
          empty="Nothing is written about this version: what is new in it, and what it is good for."
          may={may}
          max={5000}
          save={(description) => patch('/api/2.0/mlflow/model-versions/update', { name, version, description })}
          saved={() => queries.invalidateQueries({ queryKey: modelKey(name) })}
        />
        <section className="card" aria-label="Signature">
          <h2>Signature</h2>
          <Shown of={made}>{(found) => <Signature of={found} />}</Shown>
        </section>
        <OriginCard of={of} />
      </div>
      <div className="stack">
        <Facts of={of} />
        <ServingAt model={name} version={version} />
        <Promotions name={name} version={version} />
        <TagsCard name={name} version={version} tags={of.tags} may={may} />
        <section className="card" aria-label="Use it">
          <h2>Use it</h2>
          <CodeBlock text={`import mlflow\nmodel = mlflow.pyfunc.load_model(${JSON.stringify(`models:/${name}/${version}`)})`} label="Load this version" />
        </section>
      </div>
    </div>
  );
}

function Facts({ of }: { of: Version }) {
  const made = useQuery(packageQuery(of.name ?? '', of.version ?? '')).data;
  const facts: [string, ReactNode][] = [
    ['From run', of.run_id && <RunName id={of.run_id} />],
    ['Logged model', of.model_id && <Copyable text={of.model_id} />],
    [
      'Files',
      made?.files && (
        <Link to="/models/$name/versions/$version" params={{ name: of.name ?? '', version: of.version ?? '' }} search={{ tab: 'files' }}>
          {count(made.files.length)} {made.files.length === 1 ? 'file' : 'files'}, {bytes(made.bytes)}
        </Link>
      ),
    ],
    ['Scan', made?.scan && <ScanPill key="scan" status={made.scan.status} />],
    ['Flavors', made?.flavors?.join(', ')],
    [
      'Digest',
      made?.digest && (
        <Copyable text={made.digest} title={`Copy ${made.digest}`}>
          <code>{made.digest.slice(0, 16)}…</code>
        </Copyable>
      ),
    ],
    ['Source', of.source && <Copyable text={of.source} />],
    ['Address', <Copyable key="a" text={`models:/${of.name}/${of.version}`} />],
    ['Made by', of.user_id],
    ['Status', of.status === 'READY' ? null : `${of.status ?? ''} ${of.status_message ?? ''}`],
  ];
  return (
    <section className="card" aria-label="Facts">
      <h2>Facts</h2>
      <dl className="facts">
        {facts.map(([label, value]) =>
          value ? (
            <div key={label} className="registry-fact">
              <dt>{label}</dt>
              <dd>{value}</dd>
            </div>
          ) : null,
        )}
      </dl>
    </section>
  );
}
