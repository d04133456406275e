import { useMemo } from 'react';
import { Markdown } from '../ui/Markdown';
import { partsOf } from './panels';
import { PanelView } from './PanelView';

/** A report's text with its panels in their places. */
export function ReportBody({ text }: { text: string }) {
  const parts = useMemo(() => partsOf(text), [text]);
  return (
    <div className="report-body">
      {parts.map((part, index) => (part.kind === 'text' ? <Markdown key={index} text={part.text} /> : <PanelView key={`${index} ${part.text}`} json={part.text} />))}
    </div>
  );
}
