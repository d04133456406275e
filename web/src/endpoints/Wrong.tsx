import { CheckResults } from '../gates/CheckResults';
import { blockedBy } from '../gates/gates';
import { Failed } from '../ui/States';

/** Why something was not done: the checks that a version does not pass, or the server's words. */
export function Wrong({ problem }: { problem: unknown }) {
  if (!problem) return null;
  const checks = blockedBy(problem);
  if (checks === null) return <Failed problem={problem} />;
  return (
    <div className="stack" role="alert">
      <p>
        <strong>Its gates keep this version out.</strong> Nothing was changed.
      </p>
      <CheckResults checks={checks} />
    </div>
  );
}
