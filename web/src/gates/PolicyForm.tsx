import { useQuery } from '@tanstack/react-query';
import { lazy, Suspense, useEffect, useState } from 'react';
import { Loading } from '../ui/States';
import { checkedQuery, type PolicyCheck } from './policies';

const PolicyEditor = lazy(() => import('../registry/PolicyEditor'));

interface Props {
  name: string;
  yaml: string;
  onChange: (yaml: string) => void;
  /** Tells whether the text is a policy; undefined while that is not known. */
  onValid?: ((valid: boolean | undefined) => void) | undefined;
}

/** A policy while it is written: the text, what is wrong with it, and what its checks come down to. The server says both, a moment after the last key. */
export function PolicyForm({ name, yaml, onChange, onValid }: Props) {
  const text = useLater(yaml, 350);
  const checked = useQuery(checkedQuery(name, text));
  const settled = text === yaml && !checked.isPlaceholderData && checked.data !== undefined;
  const errors = settled ? checked.data.errors : undefined;
  const valid = settled ? checked.data.valid === true : undefined;
  useEffect(() => onValid?.(valid), [valid, onValid]);
  return (
    <div className="policies-form">
      <Suspense fallback={<Loading lines={8} />}>
        <PolicyEditor value={yaml} onChange={onChange} errors={errors} />
      </Suspense>
      <aside className="policies-checks" aria-label="Its checks" aria-live="polite">
        <h3>What it asks for</h3>
        {checked.error ? <p className="policies-wrong">{checked.error.message}</p> : <Checks of={checked.data?.checks ?? []} />}
      </aside>
    </div>
  );
}

/** Checks in words. */
export function Checks({ of }: { of: readonly PolicyCheck[] }) {
  if (of.length === 0) return <p className="muted">Nothing yet.</p>;
  return (
    <ol className="policies-list">
      {of.map((one) => (
        <li key={one.id}>
          {one.title ?? one.check} <span className="muted">{one.id}</span>
          {one.waivable === false && (
            <span className="pill" title="Nobody can let a version pass this check.">
              cannot be waived
            </span>
          )}
        </li>
      ))}
    </ol>
  );
}

/** A value once it has been the same for a while. */
function useLater<T>(value: T, ms: number): T {
  const [later, setLater] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setLater(value), ms);
    return () => clearTimeout(timer);
  }, [value, ms]);
  return later;
}
