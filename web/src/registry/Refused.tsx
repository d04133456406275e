import { Link } from '@tanstack/react-router';
import { CheckResults } from '../gates/CheckResults';
import { blockedBy, needsOnlyPeople } from '../gates/gates';
import { Failed } from '../ui/States';
import { slotText, type Slot } from './slots';

/** Why a version may not go where it was to go: the checks that it does not pass, and where to go on. */
export function Refused({ problem, name, version, slot, onLeave }: { problem: unknown; name: string; version: string; slot: Slot; onLeave: () => void }) {
  const checks = blockedBy(problem);
  if (checks === null) return <Failed problem={problem} />;
  return (
    <div className="stack" role="alert">
      <p>
        <strong>
          Version {version} may not go to {slotText(slot)} yet.
        </strong>
      </p>
      <CheckResults checks={checks} />
      <div className="row">
        <Link className="button" to="/models/$name/versions/$version" params={{ name, version }} search={{ tab: 'gates' }} onClick={onLeave}>
          {needsOnlyPeople(checks) ? 'Ask for approval' : 'All its gates'}
        </Link>
      </div>
    </div>
  );
}
