import { useState, type ReactNode } from 'react';
import { Button } from '../ui/Button';
import type { Shown } from './Preview';
import { StoredText } from './StoredText';

/** A file as it is meant to look, or as it was written. */
export function PageOrText({ file, page, hint }: { file: Shown; page: ReactNode; hint?: string }) {
  const [asText, setAsText] = useState(false);
  return (
    <div className="stack">
      <div className="row preview-part" role="group" aria-label="View">
        <Button aria-pressed={!asText} onClick={() => setAsText(false)}>
          Page
        </Button>
        <Button aria-pressed={asText} onClick={() => setAsText(true)}>
          Text
        </Button>
        {hint && <span className="muted">{hint}</span>}
      </div>
      {asText ? <StoredText {...file} /> : page}
    </div>
  );
}
