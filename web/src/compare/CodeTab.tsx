import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { parseDiff, type DiffLine } from '../artifacts/diff';
import { fileText } from '../artifacts/wholeFile';
import { Empty, Failed, Loading } from '../ui/States';
import { Copyable } from '../ui/Value';
import { diffFile } from './environment';
import { sideBySideLines, type LinePair } from './lineDiff';
import type { ComparedRun } from './runs';
import type { TabProps } from './tab';

const linesMax = 4000;

/** What two runs had changed in their code without committing it, side by side. */
export function CodeTab({ runs, search, change }: TabProps) {
  const [left, right] = (search.sides ?? [runs[0]!.id, (runs[1] ?? runs[0])!.id]).map((id) => runs.find((run) => run.id === id) ?? runs[0]!) as [ComparedRun, ComparedRun];
  const patches = [useQuery(fileText(left.id, diffFile, 4_000_000)), useQuery(fileText(right.id, diffFile, 4_000_000))] as const;
  const failed = patches.find((patch) => patch.error);
  const pending = patches.some((patch) => patch.isPending);
  const files = useMemo(() => beside(patches[0].data ?? '', patches[1].data ?? ''), [patches[0].data, patches[1].data]);

  return (
    <div className="stack">
      <div className="code-sides">
        <Side label="Left" runs={runs} chosen={left} onChoose={(id) => change({ sides: [id, right.id] })} />
        <Side label="Right" runs={runs} chosen={right} onChoose={(id) => change({ sides: [left.id, id] })} />
      </div>
      {failed ? (
        <Failed problem={failed.error} retry={() => void failed.refetch()} />
      ) : pending ? (
        <Loading lines={8} />
      ) : files.length === 0 ? (
        <Empty title="No uncommitted changes">
          <p>
            Neither run carries <code>{diffFile}</code>: their code was as committed, or was not captured. <code>slipway run</code> and the .NET SDK capture it.
          </p>
        </Empty>
      ) : (
        files.map((file) => <File key={file.name} {...file} />)
      )}
    </div>
  );
}

function Side({ label, runs, chosen, onChoose }: { label: string; runs: readonly ComparedRun[]; chosen: ComparedRun; onChoose: (id: string) => void }) {
  const commit = chosen.tags.get('mlflow.source.git.commit');
  return (
    <div className="card stack">
      <label className="compare-tool">
        {label}
        <select className="input" value={chosen.id} onChange={(event) => onChoose(event.target.value)}>
          {runs.map((run) => (
            <option key={run.id} value={run.id}>
              {run.name}
            </option>
          ))}
        </select>
      </label>
      <p className="muted">
        {commit ? (
          <>
            commit{' '}
            <Copyable text={commit}>
              <code>{commit.slice(0, 10)}</code>
            </Copyable>
          </>
        ) : (
          'no commit known'
        )}
        {chosen.tags.get('mlflow.source.git.branch') && ` on ${chosen.tags.get('mlflow.source.git.branch')}`}
      </p>
    </div>
  );
}

interface FilePair {
  name: string;
  lines: LinePair[];
}

function beside(left: string, right: string): FilePair[] {
  const [a, b] = [hunks(left), hunks(right)];
  return [...new Set([...a.keys(), ...b.keys()])].sort().map((name) => ({ name, lines: sideBySideLines(a.get(name) ?? '', b.get(name) ?? '') }));
}

const marks: Record<DiffLine['kind'], string> = { same: ' ', added: '+', removed: '-', hunk: '', note: '' };

/** What a difference says of each file, as text: two of them are compared line by line. */
function hunks(patch: string): Map<string, string> {
  return new Map(parseDiff(patch).map((file) => [file.name, file.lines.map((line) => marks[line.kind] + line.text).join('\n')]));
}

function File({ name, lines }: FilePair) {
  const differing = lines.filter((line) => !line.same).length;
  const shown = lines.slice(0, linesMax);
  return (
    <details className="card code-file" open={differing > 0}>
      <summary>
        <code>{name}</code> <span className="muted">{differing === 0 ? 'changed in the same way' : `${differing} ${differing === 1 ? 'line differs' : 'lines differ'}`}</span>
      </summary>
      <div className="scroll-x" tabIndex={0} role="group" aria-label={`Changes to ${name}`}>
        <table className="code-lines">
          <tbody>
            {shown.map((line, index) => (
              <tr key={index} className={line.same ? undefined : 'differs'}>
                <Line text={line.left} />
                <Line text={line.right} />
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {lines.length > linesMax && <p className="muted">{lines.length - linesMax} more lines: download the file from the run.</p>}
    </details>
  );
}

function Line({ text }: { text: string | null }) {
  const look = text === null ? 'none' : text.startsWith('+') ? 'added' : text.startsWith('-') ? 'removed' : text.startsWith('@@') ? 'place' : undefined;
  return <td className={look}>{text ?? ''}</td>;
}
