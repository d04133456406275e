import { useMemo, useState } from 'react';
import { Button } from '../ui/Button';
import { bytes, count } from '../ui/format';
import { cleanHtml, Markdown } from '../ui/Markdown';
import { Failed, Loading } from '../ui/States';
import { readNotebook, type Cell, type Output } from './notebook';
import type { Shown } from './Preview';
import { StoredText } from './StoredText';
import { useWhole } from './useWhole';
import './notebook.css';

const bytesMax = 64_000_000;
const cellsAtOnce = 100;
const textMax = 20_000;

/** A notebook: its cells and what they gave. Scripts of outputs are left out. */
export function StoredNotebook(file: Shown) {
  const { piece, large, problem } = useWhole(file, bytesMax);
  const [shown, setShown] = useState(cellsAtOnce);
  const cells = useMemo((): Cell[] | Error | null => {
    if (!piece) return null;
    try {
      return readNotebook(new TextDecoder().decode(piece.bytes));
    } catch (fault) {
      return fault instanceof Error ? fault : new Error(String(fault));
    }
  }, [piece]);
  if (large || cells instanceof Error)
    return (
      <div className="stack">
        <p className="muted">{cells instanceof Error ? `This notebook cannot be read: ${cells.message}` : `A notebook of ${bytes(file.head.total)} is shown as text.`}</p>
        <StoredText {...file} />
      </div>
    );
  if (problem) return <Failed problem={problem} />;
  if (!cells) return <Loading lines={8} />;
  return (
    <div className="notebook">
      {cells.slice(0, shown).map((cell, index) => (
        <section key={index} className="notebook-cell" aria-label={`Cell ${index + 1}`}>
          {cell.kind === 'markdown' ? (
            <div className="notebook-wide">
              <Markdown text={cell.source} />
            </div>
          ) : (
            <>
              <span className="notebook-number">{cell.kind === 'code' ? `[${cell.number ?? ' '}]` : ''}</span>
              <pre tabIndex={0} className="notebook-code">
                {cell.source}
              </pre>
            </>
          )}
          {cell.outputs.map((output, at) => (
            <div key={at} className="notebook-wide">
              <OneOutput output={output} />
            </div>
          ))}
        </section>
      ))}
      {cells.length > shown && <Button onClick={() => setShown(shown + cellsAtOnce)}>More of {count(cells.length)} cells</Button>}
    </div>
  );
}

function OneOutput({ output }: { output: Output }) {
  switch (output.kind) {
    case 'text':
      return (
        <pre tabIndex={0} className={output.bad ? 'notebook-text notebook-bad' : 'notebook-text'}>
          {output.text.length > textMax ? `${output.text.slice(0, textMax)}\n…` : output.text}
        </pre>
      );
    case 'image':
      return <img src={output.url} alt="Output of the cell" className="notebook-image" />;
    case 'html':
      return <CleanHtml html={output.html} />;
    case 'markdown':
      return <Markdown text={output.text} />;
    case 'left-out':
      return <p className="muted">An output is left out: {output.what}.</p>;
  }
}

function CleanHtml({ html }: { html: string }) {
  const clean = useMemo(() => cleanHtml(html), [html]);
  return <div className="markdown scroll-x" dangerouslySetInnerHTML={{ __html: clean }} />;
}
