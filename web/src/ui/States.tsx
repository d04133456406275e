import type { ReactNode } from 'react';
import { Problem } from '../api/client';
import { Button } from './Button';

/** There is nothing here yet, and what a person can do about it. */
export function Empty({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <div className="empty">
      <h2>{title}</h2>
      {children}
    </div>
  );
}

/** Something is on its way: as large as what will come, so that nothing jumps. */
export function Loading({ lines = 3, height = '1.5rem' }: { lines?: number; height?: string }) {
  return (
    <div className="stack" role="status" aria-label="Loading">
      {Array.from({ length: lines }, (_, line) => (
        <div key={line} className="skeleton" style={{ blockSize: height, inlineSize: line % 3 === 2 ? '60%' : '100%' }} />
      ))}
    </div>
  );
}

/** Why something cannot be shown or done, and the next step. */
export function Failed({ problem, retry }: { problem: unknown; retry?: (() => void) | undefined }) {
  const forbidden = problem instanceof Problem && problem.status === 403;
  const missing = problem instanceof Problem && problem.status === 404;
  const title = forbidden ? 'You may not see this' : missing ? 'There is no such thing' : 'This did not work';
  return (
    <div className="problem" role="alert">
      <strong>{title}</strong>
      <span>{problem instanceof Error ? problem.message : String(problem)}</span>
      {forbidden && <span>Whoever manages it can let you in; Settings, Roles and grants says who may do what and why.</span>}
      {retry && !forbidden && !missing && (
        <div>
          <Button onClick={retry}>Try again</Button>
        </div>
      )}
    </div>
  );
}

/** What a query of TanStack Query says, as far as it matters to {@link Shown}. */
interface Asked<T> {
  data: T | undefined;
  error: unknown;
  isPending: boolean;
  refetch: () => unknown;
}

/** Draws an answer when it is there, and says what is the matter while it is not. An older answer stays while a newer one fails. */
export function Shown<T>({ of, children, loading }: { of: Asked<T>; children: (data: T) => ReactNode; loading?: ReactNode }) {
  if (of.data !== undefined) return <>{children(of.data)}</>;
  if (of.error) return <Failed problem={of.error} retry={() => void of.refetch()} />;
  return <>{loading ?? <Loading />}</>;
}
