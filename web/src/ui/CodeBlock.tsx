import { Button } from './Button';
import { Icon } from './Icon';
import { copy } from './Value';

/** Code to read and to copy. */
export function CodeBlock({ text, label }: { text: string; label?: string }) {
  return (
    <div className="code">
      <pre tabIndex={0} aria-label={label}>
        <code>{text}</code>
      </pre>
      <Button square aria-label="Copy" title="Copy" onClick={() => void copy(text)}>
        <Icon name="copy" />
      </Button>
    </div>
  );
}
