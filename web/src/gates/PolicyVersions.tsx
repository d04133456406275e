import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useMemo } from 'react';
import { sideBySideLines } from '../compare/lineDiff';
import { Button } from '../ui/Button';
import { Dialog } from '../ui/Dialog';
import { Failed, Loading } from '../ui/States';
import { Time } from '../ui/Value';
import { policyQuery, type Policy } from './policies';

const shownMax = 100;

/** Every version of a policy, the newest first, each beside the one before it. */
export function PolicyVersions({ of }: { of: Policy }) {
  const { changes } = useSearch({ from: '/settings/policies/$name' });
  const navigate = useNavigate({ from: '/settings/policies/$name' });
  const versions = (of.versions ?? []).map((one) => ({ ...one, version: one.version ?? 0 })).sort((a, b) => b.version - a.version);
  if (versions.length === 0) return null;
  const open = (version: number | undefined) => void navigate({ search: (before) => ({ ...before, changes: version }), resetScroll: false });
  return (
    <section className="card stack" aria-label="Versions">
      <h2>Versions</h2>
      <ol role="list" className="policies-versions">
        {versions.slice(0, shownMax).map((one) => (
          <li key={one.version} aria-current={one.version === of.version ? 'true' : undefined}>
            <Link to="/settings/policies/$name" params={{ name: of.name }} search={one.version === versions[0]!.version ? {} : { version: one.version }}>
              Version {one.version}
            </Link>
            <span className="policies-note">{one.note}</span>
            <span className="muted">
              {one.made_by} <Time at={one.made_ms} />
            </span>
            {one.version > 1 ? (
              <Button look="plain" aria-label={`Changes of version ${one.version}`} onClick={() => open(one.version)}>
                Changes
              </Button>
            ) : (
              <span />
            )}
          </li>
        ))}
      </ol>
      {versions.length > shownMax && <p className="muted">{versions.length - shownMax} older ones are read at their addresses, or by slipway gates policies show.</p>}
      {changes !== undefined && <Changes name={of.name} version={changes} onClose={() => open(undefined)} />}
    </section>
  );
}

function Changes({ name, version, onClose }: { name: string; version: number; onClose: () => void }) {
  const [before, after] = [useQuery(policyQuery(name, version - 1)), useQuery(policyQuery(name, version))];
  const lines = useMemo(() => (before.data && after.data ? sideBySideLines(before.data.yaml ?? '', after.data.yaml ?? '') : null), [before.data, after.data]);
  const error = before.error ?? after.error;
  return (
    <Dialog wide title={`Version ${version - 1} and version ${version}`} onClose={onClose} footer={<Button onClick={onClose}>Close</Button>}>
      {error ? (
        <Failed problem={error} />
      ) : lines === null ? (
        <Loading lines={6} />
      ) : (
        <div className="scroll-x" tabIndex={0} role="group" aria-label="Both texts side by side">
          <table className="policies-diff">
            <tbody>
              {lines.map((line, index) => (
                <tr key={index} className={line.same ? undefined : 'differs'}>
                  <td className={line.left === null ? 'none' : line.same ? undefined : 'removed'}>{line.left}</td>
                  <td className={line.right === null ? 'none' : line.same ? undefined : 'added'}>{line.right}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Dialog>
  );
}
