import { useMutation, useQueryClient } from '@tanstack/react-query';
import { post } from '../api/client';
import { useMay } from '../app/me';
import { Button } from '../ui/Button';
import { bytes, count } from '../ui/format';
import { Copyable, Time } from '../ui/Value';
import { modelKey, type Finding, type Package } from './models';
import './version-gates.css';

const verdicts: Readonly<Record<string, { tone: string; word: string; text: string }>> = {
  pending: { tone: 'live', word: 'pending', text: 'The files are being looked into.' },
  clean: { tone: 'good', word: 'clean', text: 'Every file was read to its end, and nothing was found that runs code when it is loaded.' },
  suspicious: { tone: 'warn', word: 'suspicious', text: 'There is something that the scan does not know, or could not read to its end. Look before you load it.' },
  unsafe: { tone: 'bad', word: 'unsafe', text: 'Loading this version runs code that somebody put into it. Do not load it outside of a sandbox.' },
  'not-scanned': { tone: 'warn', word: 'not scanned', text: 'Nobody looked into the files.' },
};

/** What the scan says in one word. */
export function ScanPill({ status }: { status: string | undefined }) {
  const said = verdicts[status ?? ''];
  return said ? (
    <span className={`pill ${said.tone}`} title={said.text}>
      {said.word}
    </span>
  ) : null;
}

/** What was found in the files that could run code when they are loaded. */
export function Scan({ name, version, of }: { name: string; version: string; of: Package }) {
  const may = useMay()('WriteModels');
  const queries = useQueryClient();
  const again = useMutation({ mutationFn: () => post('/api/slipway/v1/models/{name}/versions/{version}/inspect', {}, { path: { name, version } }), onSuccess: () => queries.invalidateQueries({ queryKey: modelKey(name) }) });
  const scan = of.scan;
  if (!scan) return null;
  const findings = scan.findings ?? [];
  return (
    <section className="card stack" aria-label="Scan">
      <div className="row between">
        <h2 className="row">
          Scan <ScanPill status={scan.status} />
        </h2>
        {may && scan.status !== 'pending' && (
          <Button onClick={() => again.mutate()} disabled={again.isPending}>
            Look again
          </Button>
        )}
      </div>
      <p className="registry-small">{scan.remark || verdicts[scan.status ?? '']?.text}</p>
      {scan.finished_ms ? (
        <p className="muted registry-small">
          {count(scan.files ?? 0)} {scan.files === 1 ? 'file' : 'files'}, {bytes(scan.bytes ?? 0)}, looked into <Time at={scan.finished_ms} />
          {scan.mechanism && ` in ${scan.mechanism}`}.
        </p>
      ) : null}
      {findings.length > 0 && <Findings all={findings} leftOut={scan.left_out ?? 0} />}
    </section>
  );
}

function Findings({ all, leftOut }: { all: readonly Finding[]; leftOut: number }) {
  return (
    <div className="scroll-x inspection-findings" tabIndex={0} role="group" aria-label="Findings">
      <table className="data">
        <thead>
          <tr>
            <th scope="col">How bad</th>
            <th scope="col">What</th>
            <th scope="col">File</th>
            <th scope="col" className="number">
              At byte
            </th>
          </tr>
        </thead>
        <tbody>
          {all.map((one, index) => (
            <tr key={index}>
              <td>
                <span className={`pill ${one.severity === 'unsafe' ? 'bad' : 'warn'}`}>{one.severity}</span>
              </td>
              <td>{one.what}</td>
              <td>
                {one.file}
                {one.inside && <span className="muted"> › {one.inside}</span>}
              </td>
              <td className="number">{one.offset === undefined ? '' : count(one.offset)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {leftOut > 0 && <p className="muted registry-small">{count(leftOut)} more were found.</p>}
    </div>
  );
}

const signed: Readonly<Record<string, readonly [string, string, string]>> = {
  valid: ['good', 'valid', 'Signed with a key that this workspace trusts, over exactly these files.'],
  'unknown-key': ['warn', 'unknown key', 'The workspace does not trust this key: only the files were compared.'],
  invalid: ['bad', 'invalid', 'The signature does not fit these files and this key.'],
};

/** Who signed the files. */
export function Signatures({ of }: { of: Package }) {
  const all = of.signatures ?? [];
  if (all.length === 0) return null;
  return (
    <section className="card stack" aria-label="Signatures">
      <h2>Signatures</h2>
      <ul role="list" className="thread">
        {all.map((one) => {
          const [tone, word, text] = signed[one.state ?? ''] ?? ['', one.state, ''];
          return (
            <li key={one.key_id} className={tone === 'good' ? 'approved' : tone === 'bad' ? 'rejected' : 'waned'}>
              <p className="row">
                <span className={`pill ${tone}`}>{word}</span> <strong>{one.key_name || 'a key without a name'}</strong>
                <span className="muted">
                  signed <Time at={one.signed_ms} />
                  {one.signed_by && ` by ${one.signed_by}`}
                </span>
              </p>
              <p className="muted">{text}</p>
              <p>
                <Copyable text={one.key_id ?? ''} title="Copy the key's id">
                  <code>{one.key_id?.slice(0, 24)}…</code>
                </Copyable>
              </p>
            </li>
          );
        })}
      </ul>
    </section>
  );
}
