import { standing } from './slots';
import { SlotName, VersionLink } from './SlotChip';
import type { Model } from './models';

/** Where versions stand, as many as fit a row of a list. */
export function StandingChips({ model, most = 4 }: { model: Model; most?: number }) {
  const all = standing(model);
  if (all.length === 0) return null;
  return (
    <span className="registry-standing">
      {all.slice(0, most).map(({ slot, version }) => (
        <span key={`${slot.kind} ${slot.name}`}>
          <SlotName slot={slot} /> <VersionLink name={model.name ?? ''} version={version} />
        </span>
      ))}
      {all.length > most && <span className="muted">and {all.length - most} more</span>}
    </span>
  );
}
