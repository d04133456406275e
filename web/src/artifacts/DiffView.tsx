import { useMemo, useState } from 'react';
import { Button } from '../ui/Button';
import { count } from '../ui/format';
import { parseDiff, type DiffFile } from './diff';
import './diff.css';

/** Lines of one file that are drawn before somebody asks for more. */
const linesMax = 500;

const words: Record<DiffFile['was'], string> = { added: 'new', removed: 'removed', renamed: 'renamed', changed: '', binary: 'binary' };

/** What changed in the code, file by file. */
export function DiffView({ text }: { text: string }) {
  const files = useMemo(() => parseDiff(text), [text]);
  if (files.length === 0) return <pre className="diff-plain">{text}</pre>;
  return (
    <div className="diff">
      <p className="muted diff-sum">
        {count(files.length)} {files.length === 1 ? 'file' : 'files'}, <span className="diff-plus">+{count(files.reduce((sum, file) => sum + file.added, 0))}</span>{' '}
        <span className="diff-minus">−{count(files.reduce((sum, file) => sum + file.removed, 0))}</span>
      </p>
      {files.map((file, index) => (
        <OneFile key={index} file={file} open={files.length <= 20} />
      ))}
    </div>
  );
}

function OneFile({ file, open }: { file: DiffFile; open: boolean }) {
  const [shown, setShown] = useState(linesMax);
  return (
    <details className="diff-file" open={open}>
      <summary>
        <span className="diff-name">
          {file.from && `${file.from} → `}
          {file.name}
        </span>
        {words[file.was] && <span className="pill">{words[file.was]}</span>}
        <span className="diff-plus">+{count(file.added)}</span>
        <span className="diff-minus">−{count(file.removed)}</span>
      </summary>
      {file.lines.length > 0 && (
        <div className="diff-lines" tabIndex={0} role="group" aria-label={`Changes of ${file.name}`}>
          <table>
            <tbody>
              {file.lines.slice(0, shown).map((line, index) => (
                <tr key={index} className={`diff-${line.kind}`}>
                  <td className="diff-number">{line.old}</td>
                  <td className="diff-number">{line.now}</td>
                  <td className="diff-text">
                    <span aria-hidden="true">{line.kind === 'added' ? '+' : line.kind === 'removed' ? '−' : ' '}</span>
                    {line.kind === 'added' && <span className="visually-hidden">added: </span>}
                    {line.kind === 'removed' && <span className="visually-hidden">removed: </span>}
                    {line.text}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {file.lines.length > shown && <Button onClick={() => setShown(shown + 5_000)}>Show more of {count(file.lines.length)} lines</Button>}
    </details>
  );
}
