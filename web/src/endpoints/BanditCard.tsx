import { count, number, percent } from '../ui/format';
import { useArmColor } from './armColor';
import type { Bandit, Endpoint } from './wire';

/** Shares that follow the chance that each arm is the best. */
export function BanditCard({ of, bandit }: { of: Endpoint; bandit: Bandit }) {
  const color = useArmColor(of.arms ?? []);
  return (
    <section className="card stack" aria-label="Bandit">
      <h2>Bandit</h2>
      <ul role="list" className="endpoint-bandit">
        {(bandit.arms ?? []).map((arm) => (
          <li key={arm.arm}>
            <strong>{arm.arm}</strong>
            <span className="endpoint-test-bar" role="meter" aria-valuemin={0} aria-valuemax={1} aria-valuenow={arm.best ?? 0} aria-label={`Chance that ${arm.arm} is the best`}>
              <span style={{ inlineSize: `${(arm.best ?? 0) * 100}%`, background: color(arm.arm) }} />
            </span>
            <span>
              {percent(arm.best ?? 0)} <span className="muted">the best</span>
            </span>
            <span className="muted">
              {count(arm.rewards ?? 0)} rewards{arm.rewards ? `, on average ${number(arm.mean)}` : ''}
            </span>
          </li>
        ))}
      </ul>
      <p className="muted endpoint-small">
        Shares follow the rewards that come back, {bandit.minimize ? 'the lower the better' : 'the higher the better'}; every arm keeps at least {number(bandit.floor_percent ?? 0)} %.
      </p>
    </section>
  );
}
