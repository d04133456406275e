import { useEffect, useId, useRef, type ReactNode } from 'react';
import { Button } from './Button';
import { Icon } from './Icon';

interface Props {
  title: string;
  onClose: () => void;
  children: ReactNode;
  footer?: ReactNode;
  wide?: boolean;
  /** What it shows is not shown again: only its buttons close it, no slip of the finger. */
  firm?: boolean;
}

/** A dialog of the browser: it traps the focus, closes on Escape and gives the focus back. */
export function Dialog({ title, onClose, children, footer, wide, firm }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    const shown = dialog.current;
    shown?.showModal();
    // The browser would focus the button that closes it, and the first space typed would close it: what is asked for comes first.
    shown?.querySelector<HTMLElement>('.body :is(input, select, textarea, [tabindex="0"]):not(:disabled)')?.focus();
    return () => shown?.close();
  }, []);
  return (
    <dialog
      ref={dialog}
      className={wide ? 'dialog wide' : 'dialog'}
      aria-labelledby={id}
      onCancel={(event) => {
        event.preventDefault();
        if (!firm) onClose();
      }}
      onClick={(event) => event.target === dialog.current && !firm && onClose()}
    >
      <header>
        <h2 id={id}>{title}</h2>
        <Button look="plain" square aria-label="Close" onClick={onClose}>
          <Icon name="close" />
        </Button>
      </header>
      <div className="body">{children}</div>
      {footer && <footer>{footer}</footer>}
    </dialog>
  );
}
