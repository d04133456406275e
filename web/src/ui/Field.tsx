import { useId, type InputHTMLAttributes, type ReactNode, type TextareaHTMLAttributes } from 'react';

interface Common {
  label: string;
  hint?: ReactNode;
  wrong?: string | undefined;
}

/** A labelled input; what is wrong with it is said under it and told to screen readers. */
export function Field({ label, hint, wrong, ...rest }: Common & InputHTMLAttributes<HTMLInputElement>) {
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <input id={id} className="input" aria-invalid={wrong ? true : undefined} aria-describedby={`${id}-hint`} {...rest} />
      <Below id={id} hint={hint} wrong={wrong} />
    </div>
  );
}

/** The same of several lines. */
export function TextField({ label, hint, wrong, ...rest }: Common & TextareaHTMLAttributes<HTMLTextAreaElement>) {
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <textarea id={id} className="input" rows={6} aria-invalid={wrong ? true : undefined} aria-describedby={`${id}-hint`} {...rest} />
      <Below id={id} hint={hint} wrong={wrong} />
    </div>
  );
}

function Below({ id, hint, wrong }: { id: string; hint: ReactNode; wrong: string | undefined }) {
  return (
    <small id={`${id}-hint`} className={wrong ? 'wrong' : undefined}>
      {wrong ?? hint}
    </small>
  );
}
