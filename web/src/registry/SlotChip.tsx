import { Link } from '@tanstack/react-router';
import { champion, slotText, type Slot } from './slots';
import './registry.css';

/** A stage or an alias; what is in production stands out. */
export function SlotName({ slot }: { slot: Slot }) {
  const live = (slot.kind === 'stage' && slot.name === 'Production') || (slot.kind === 'alias' && slot.name === champion);
  return (
    <span className={live ? 'pill good' : slot.name === 'Archived' ? 'pill' : slot.kind === 'endpoint' ? 'pill live' : slot.kind === 'alias' ? 'pill registry-alias' : 'pill warn'} title={`${slot.kind === 'alias' ? 'Alias' : slot.kind === 'endpoint' ? 'Endpoint' : 'Stage'} ${slot.name}`}>
      <span className="registry-cut">{slotText(slot)}</span>
    </span>
  );
}

/** A version of a model as a link. */
export function VersionLink({ name, version, title }: { name: string; version: string; title?: string | undefined }) {
  return (
    <Link to="/models/$name/versions/$version" params={{ name, version }} title={title} className="registry-version">
      v{version}
    </Link>
  );
}
