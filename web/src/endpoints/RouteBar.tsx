import { percent } from '../ui/format';
import { useArmColor } from './armColor';
import { shareOf } from './endpoints';
import type { Arm } from './wire';

/** Which share of the requests goes to which arm: a bar to look at, told in words to who does not see it. */
export function RouteBar({ arms, thin }: { arms: readonly Arm[]; thin?: boolean }) {
  const color = useArmColor(arms);
  const shown = arms.filter((arm) => shareOf(arm, arms) > 0);
  const words = shown.map((arm) => `${arm.name} ${percent(shareOf(arm, arms))}`).join(', ');
  return (
    <div className={thin ? 'endpoint-route thin' : 'endpoint-route'} role="img" aria-label={words === '' ? 'No arm gets requests' : words} title={words}>
      {shown.map((arm) => (
        <span key={arm.name} style={{ flexGrow: shareOf(arm, arms) * 1000, background: color(arm.name) }} />
      ))}
    </div>
  );
}
