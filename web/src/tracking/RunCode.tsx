import { useQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { DiffView } from '../artifacts/DiffView';
import { baseName, namesQuery, pieceQuery } from '../artifacts/files';
import { count } from '../ui/format';
import { Failed, Loading } from '../ui/States';
import { Copyable } from '../ui/Value';
import { packagesOf, programOf, type PackageList } from './environment';
import { tag } from './experiments';
import { keySearch } from './metricGroups';
import type { Run } from './runs';

const diffMax = 8_000_000;
const factsMax = 4_000_000;

const folder = 'environment/';

/** Text of a file that is among the names of its folder; null where it is not. */
function useText(id: string, path: string, max: number, names: ReadonlySet<string> | undefined): { text: string | null; pending: boolean; problem: unknown } {
  const there = names?.has(baseName(path)) ?? false;
  const piece = useQuery({ ...pieceQuery(id, path, 0, max), enabled: there });
  const text = useMemo(() => (piece.data ? new TextDecoder().decode(piece.data.bytes) : null), [piece.data]);
  return { text, pending: names === undefined || (there && piece.isPending), problem: piece.error };
}

/** The code that ran and what it ran in. */
export function RunCode({ run, id }: { run: Run; id: string }) {
  const listed = useQuery(namesQuery(id, 'environment'));
  const names = listed.data;
  const diff = useText(id, `${folder}uncommitted.diff`, diffMax, names);
  const program = useText(id, `${folder}environment.json`, factsMax, names);
  const pip = useText(id, `${folder}pip.txt`, factsMax, names);
  const conda = useText(id, `${folder}conda.txt`, factsMax, names);
  const dotnet = useText(id, `${folder}dotnet.txt`, factsMax, names);
  const npm = useText(id, `${folder}npm.txt`, factsMax, names);
  // MLflow keeps the requirements of a model beside it.
  const ofModel = useQuery(namesQuery(id, 'model'));
  const requirements = useText(id, 'model/requirements.txt', factsMax, ofModel.data);
  const noted = useMemo(() => programOf(program.text), [program.text]);
  const packages = useMemo(
    () =>
      [
        packagesOf('pip', pip.text),
        packagesOf('conda', conda.text),
        packagesOf('dotnet', dotnet.text),
        packagesOf('npm', npm.text),
        packagesOf('requirements of the model', requirements.text),
        ...(noted ? [{ from: 'program', packages: noted.packages }] : []),
      ].filter((list) => list.packages.length > 0),
    [pip.text, conda.text, dotnet.text, npm.text, requirements.text, noted],
  );
  const commit = tag(run.data?.tags, 'mlflow.source.git.commit');
  const untracked = tag(run.data?.tags, 'slipway.git.untracked_left_out');
  const pending = [diff, program, pip, conda, dotnet, npm].some((one) => one.pending);
  if (listed.error) return <Failed problem={listed.error} retry={() => void listed.refetch()} />;
  if (pending) return <Loading lines={6} />;
  return (
    <div className="stack">
      <section className="card stack">
        <h2>Changes that were not committed</h2>
        {diff.problem ? <Failed problem={diff.problem} /> : null}
        {diff.text === null ? (
          <p className="muted">{commit ? <>None: the code was that of the commit.</> : <>Nobody noted any. <code>slipway run</code> and our SDK note the commit of the folder and what differs from it.</>}</p>
        ) : (
          <DiffView text={diff.text} />
        )}
        {untracked && <p className="muted">New files that were left out (ignored, large, or like secrets): {untracked}.</p>}
      </section>
      {packages.length > 0 && <Packages lists={packages} />}
      {noted && (
        <>
          <section className="card">
            <h2>Machine</h2>
            <dl className="facts">
              {noted.facts.map(([name, value]) => (
                <div className="run-fact" key={name}>
                  <dt>{name}</dt>
                  <dd>{value}</dd>
                </div>
              ))}
            </dl>
          </section>
          <Found title="Environment" label="Find variables" rows={noted.variables} heads={['Variable', 'Value']} />
        </>
      )}
    </div>
  );
}

function Packages({ lists }: { lists: PackageList[] }) {
  const rows = lists.flatMap(({ from, packages }) => packages.map(([name, version]): [string, string, string] => [name, version, from]));
  return <Found title="Packages" label="Find packages" rows={rows} heads={['Package', 'Version', 'From']} />;
}

const rowsMax = 300;

function Found({ title, label, rows, heads }: { title: string; label: string; rows: readonly (readonly string[])[]; heads: readonly string[] }) {
  const [q, setQ] = useState('');
  const found = useMemo(() => {
    const { matches } = keySearch(q);
    return rows.filter((row) => row.some(matches));
  }, [q, rows]);
  return (
    <section className="card stack">
      <div className="row between">
        <h2>
          {title} <span className="muted run-small">{found.length === rows.length ? count(rows.length) : `${count(found.length)} of ${count(rows.length)}`}</span>
        </h2>
        <input className="input run-search" type="search" aria-label={label} placeholder={label} value={q} onChange={(event) => setQ(event.target.value)} />
      </div>
      <div className="scroll-x run-found" tabIndex={0} role="region" aria-label={title}>
        <table className="data">
          <thead>
            <tr>
              {heads.map((head) => (
                <th scope="col" key={head}>
                  {head}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {found.slice(0, rowsMax).map((row, index) => (
              <tr key={index}>
                <th scope="row">{row[0]}</th>
                <td>
                  <Copyable text={row[1] ?? ''} />
                </td>
                {heads.length > 2 && <td className="muted">{row[2]}</td>}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {found.length > rowsMax && <p className="muted">The first {rowsMax}: a search shows the others.</p>}
    </section>
  );
}
