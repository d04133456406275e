import type { ButtonHTMLAttributes } from 'react';

interface Props extends ButtonHTMLAttributes<HTMLButtonElement> {
  look?: 'primary' | 'danger' | 'plain' | undefined;
  square?: boolean | undefined;
}

/** A button that never submits a form by accident. */
export function Button({ look, square, className, type, ...rest }: Props) {
  return <button type={type ?? 'button'} className={['button', look, square && 'square', className].filter(Boolean).join(' ')} {...rest} />;
}
