import { useMemo } from 'react';
import { sideBySideLines } from '../compare/lineDiff';
import { Button } from '../ui/Button';
import { Dialog } from '../ui/Dialog';
import { Time } from '../ui/Value';
import type { Report } from './reports';
import '../compare/compare.css';

interface Props {
  mine: { title: string; text: string };
  theirs: Report;
  onClose: () => void;
  onMine: () => void;
  onTheirs: () => void;
  onBoth: () => void;
}

/** Somebody else saved first: both texts side by side, and a person decides. */
export function Conflict({ mine, theirs, onClose, onMine, onTheirs, onBoth }: Props) {
  const lines = useMemo(() => sideBySideLines(mine.text, theirs.text ?? ''), [mine.text, theirs.text]);
  return (
    <Dialog
      wide
      title="Somebody saved before you"
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>Go on writing</Button>
          <Button onClick={onTheirs}>Take theirs</Button>
          <Button onClick={onBoth}>Put both into the editor</Button>
          <Button look="primary" onClick={onMine}>
            Save mine over it
          </Button>
        </>
      }
    >
      <p>
        {theirs.changed_by} saved version {theirs.version} <Time at={theirs.updated_ms} />. Nothing is lost: their version stays in the list of versions whatever you choose.
        {mine.title !== theirs.title && ` Their title is '${theirs.title ?? ''}'.`}
      </p>
      <div className="scroll-x report-conflict" tabIndex={0} role="group" aria-label="Yours and theirs">
        <table className="code-lines">
          <thead>
            <tr>
              <th scope="col">Yours</th>
              <th scope="col">Theirs</th>
            </tr>
          </thead>
          <tbody>
            {lines.map((line, index) => (
              <tr key={index} className={line.same ? undefined : 'differs'}>
                <td className={line.left === null ? 'none' : line.same ? undefined : 'added'}>{line.left}</td>
                <td className={line.right === null ? 'none' : line.same ? undefined : 'removed'}>{line.right}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Dialog>
  );
}
