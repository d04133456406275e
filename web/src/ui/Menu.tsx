import { useId, useRef, type KeyboardEvent, type ReactNode } from 'react';
import { Button } from './Button';

/** One line of a menu. */
export interface MenuItem {
  label: ReactNode;
  onSelect: () => void;
  danger?: boolean;
  disabled?: boolean;
}

/** A button that opens a list of actions; arrows move, Escape closes. */
export function Menu({ label, title, items, square }: { label: ReactNode; title?: string; items: readonly (MenuItem | null | false)[]; square?: boolean }) {
  const id = useId();
  const list = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLSpanElement>(null);

  function place(): void {
    const at = button.current?.getBoundingClientRect();
    const shown = list.current;
    if (!at || !shown) return;
    const size = shown.getBoundingClientRect();
    shown.style.top = `${at.bottom + size.height + 8 > innerHeight ? Math.max(8, at.top - size.height - 4) : at.bottom + 4}px`;
    shown.style.left = `${Math.max(8, Math.min(at.right - size.width, innerWidth - size.width - 8))}px`;
    shown.querySelector<HTMLElement>('[role=menuitem]:not(:disabled)')?.focus();
  }

  function move(event: KeyboardEvent): void {
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    if (step === 0) return;
    event.preventDefault();
    const all = [...(list.current?.querySelectorAll<HTMLElement>('[role=menuitem]:not(:disabled)') ?? [])];
    all[(all.indexOf(document.activeElement as HTMLElement) + step + all.length) % all.length]?.focus();
  }

  return (
    <span ref={button}>
      <Button popoverTarget={id} aria-haspopup="menu" aria-label={title} title={title} square={square} look={square ? 'plain' : undefined}>
        {label}
      </Button>
      <div id={id} ref={list} popover="auto" role="menu" className="menu" onKeyDown={move} onToggle={(event) => event.newState === 'open' && place()}>
        {items.map(
          (item, index) =>
            item && (
              <button
                key={index}
                type="button"
                role="menuitem"
                className={item.danger ? 'danger' : undefined}
                disabled={item.disabled}
                onClick={() => {
                  list.current?.hidePopover();
                  item.onSelect();
                }}
              >
                {item.label}
              </button>
            ),
        )}
      </div>
    </span>
  );
}
