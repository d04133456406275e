import { useMutation, useQuery } from '@tanstack/react-query';
import { address, get, workspace } from '../api/client';
import { Button } from '../ui/Button';
import { bytes, count } from '../ui/format';
import { Icon } from '../ui/Icon';
import { Failed, Loading, Shown } from '../ui/States';
import { Copyable } from '../ui/Value';
import { VirtualTable, type TableColumn } from '../ui/VirtualTable';
import { Scan, Signatures } from './Inspection';
import { packageQuery, type Package } from './models';
import { OnnxFiles } from './OnnxFiles';

type File = NonNullable<Package['files']>[number];

/** What a version is made of, and whether it still is. */
export function PackageTab({ name, version }: { name: string; version: string }) {
  const made = useQuery(packageQuery(name, version));
  return (
    <Shown of={made} loading={<Loading lines={6} />}>
      {(of) => (
        <div className="stack">
          <Whole name={name} version={version} of={of} />
          <Scan name={name} version={version} of={of} />
          <Signatures of={of} />
          <OnnxFiles of={of} />
          <Files name={name} version={version} files={of.files ?? []} />
        </div>
      )}
    </Shown>
  );
}

function Whole({ name, version, of }: { name: string; version: string; of: Package }) {
  const check = useMutation({ mutationFn: () => get('/api/slipway/v1/models/{name}/versions/{version}/verify', { path: { name, version } }), meta: { silent: true } });
  const facts: [string, string | undefined][] = [
    ['Size', of.bytes === undefined ? undefined : `${bytes(of.bytes)} in ${count(of.files?.length ?? 0)} ${of.files?.length === 1 ? 'file' : 'files'}`],
    ['Flavors', of.flavors?.join(', ')],
    ['Python', of.python_version],
    ['MLflow', of.mlflow_version],
    ['Loader', of.loader_module],
    ['Written', of.made_at],
    ['Input example', of.input_example],
  ];
  return (
    <section className="card stack" aria-label="Package">
      <div className="row between">
        <h2>Package</h2>
        {(of.files?.length ?? 0) > 0 && (
          <Button onClick={() => check.mutate()} disabled={check.isPending}>
            <Icon name="check" /> {check.isPending ? 'Reading every file...' : 'Verify the files'}
          </Button>
        )}
      </div>
      {of.remark && <p className="registry-small">{of.remark}</p>}
      {check.error && <Failed problem={check.error} retry={() => check.mutate()} />}
      {check.data && <Checked of={check.data} />}
      <dl className="facts">
        {facts.map(([label, value]) =>
          value ? (
            <div key={label} className="registry-fact">
              <dt>{label}</dt>
              <dd>{value}</dd>
            </div>
          ) : null,
        )}
        {of.digest && (
          <div className="registry-fact">
            <dt>Digest</dt>
            <dd>
              <Copyable text={of.digest} title="Copy: the SHA-256 of all files' digests and paths">
                <code>{of.digest}</code>
              </Copyable>
            </dd>
          </div>
        )}
      </dl>
    </section>
  );
}

function Checked({ of }: { of: { whole?: boolean; files?: number; changed?: string[]; missing?: string[]; added?: string[] } }) {
  if (of.whole)
    return (
      <p className="package-whole" role="status">
        <Icon name="check" /> All {count(of.files)} files are what was registered, byte for byte.
      </p>
    );
  const kinds = [
    ['Changed', of.changed],
    ['Missing', of.missing],
    ['Added', of.added],
  ] as const;
  return (
    <div className="problem" role="alert">
      <strong>These are not the files that were registered. Do not load this version.</strong>
      {kinds.map(([word, paths]) => (paths?.length ? <span key={word}>{`${word}: ${paths.slice(0, 50).join(', ')}${paths.length > 50 ? ` and ${paths.length - 50} more` : ''}`}</span> : null))}
    </div>
  );
}

function Files({ name, version, files }: { name: string; version: string; files: readonly File[] }) {
  if (files.length === 0) return null;
  const columns: readonly TableColumn<File>[] = [
    {
      name: 'File',
      width: 'minmax(12rem, 2fr)',
      cell: (file) => (
        <a href={address('/model-versions/get-artifact', undefined, { name, version, path: file.path, workspace: workspace() })} download={file.path?.split('/').at(-1)}>
          {file.path}
        </a>
      ),
    },
    { name: 'Size', width: '7rem', cell: (file) => <span title={`${file.size} bytes`}>{bytes(file.size)}</span> },
    {
      name: 'SHA-256',
      width: 'minmax(10rem, 1fr)',
      cell: (file) => (
        <Copyable text={file.sha256 ?? ''} title={`Copy ${file.sha256}`}>
          <code>{file.sha256?.slice(0, 16)}…</code>
        </Copyable>
      ),
    },
  ];
  return (
    <div className="card registry-list">
      <VirtualTable label="Files" columns={columns} rows={files} rowKey={(file) => file.path ?? ''} />
    </div>
  );
}
