import { useId } from 'react';
import { percent } from '../ui/format';
import './usage.css';

/** How much of a limit is used, as a bar and in words. */
export function Usage({ label, used, most, text }: { label: string; used: number | undefined; most: number; text: (value: number) => string }) {
  const id = useId();
  const share = most === 0 ? 1 : (used ?? 0) / most;
  const look = share >= 1 ? 'bad' : share >= 0.8 ? 'warn' : 'good';
  return (
    <div className="usage">
      <span id={id}>
        {label}: {used === undefined ? `at most ${text(most)}` : `${text(used)} of ${text(most)}`}
        {used !== undefined && <span className="muted"> ({percent(share)})</span>}
      </span>
      <div className={`usage-bar ${look}`} role="meter" aria-labelledby={id} aria-valuemin={0} aria-valuemax={most} aria-valuenow={Math.min(used ?? 0, most)}>
        <div style={{ inlineSize: `${Math.min(100, share * 100)}%` }} />
      </div>
    </div>
  );
}
