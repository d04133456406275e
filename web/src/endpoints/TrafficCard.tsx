import { useState } from 'react';
import { Link } from '@tanstack/react-router';
import { Button } from '../ui/Button';
import { percent } from '../ui/format';
import { Time } from '../ui/Value';
import { ArmVersion } from './ArmVersion';
import { useArmColor } from './armColor';
import { mayDo, shareOf } from './endpoints';
import { RouteBar } from './RouteBar';
import { WeightsDialog } from './WeightsDialog';
import type { Arm, Endpoint } from './wire';

const states: Readonly<Record<string, readonly [string, string, string]>> = {
  ready: ['good', 'ready', 'Loaded on this server.'],
  loading: ['live', 'loading', 'Fetched, checked and warmed before it gets requests.'],
  unloaded: ['', 'not loaded', 'Loaded by the first request.'],
  failed: ['bad', 'failed', 'It could not be loaded.'],
};

/** Which versions answer, and with which share. */
export function TrafficCard({ of }: { of: Endpoint }) {
  const arms = of.arms ?? [];
  const color = useArmColor(arms);
  const [weighing, setWeighing] = useState(false);
  return (
    <section className="card stack" aria-label="Routes">
      <div className="row between">
        <h2>Routes</h2>
        {mayDo(of, 'write') && arms.filter((arm) => !arm.shadow).length > 1 && <Button onClick={() => setWeighing(true)}>Change weights...</Button>}
      </div>
      <RouteBar arms={arms} />
      <ul role="list" className="endpoint-arms">
        {arms.map((arm) => (
          <ArmRow key={arm.name} arm={arm} arms={arms} color={color(arm.name)} />
        ))}
      </ul>
      {of.sticky && <p className="muted endpoint-small">The same {stickyText(of.sticky)} gets the same arm.</p>}
      {weighing && <WeightsDialog of={of} onClose={() => setWeighing(false)} />}
    </section>
  );
}

function ArmRow({ arm, arms, color }: { arm: Arm; arms: readonly Arm[]; color: string }) {
  const [tone, word, text] = states[arm.state ?? ''] ?? ['', arm.state ?? '', ''];
  return (
    <li>
      <span className="endpoint-swatch" style={{ background: arm.shadow ? 'transparent' : color, borderColor: color }} aria-hidden="true" />
      <div className="endpoint-arm">
        <span className="row">
          <strong>{arm.name}</strong>
          <ArmVersion of={arm} long />
        </span>
        {arm.serving_version && arm.version && arm.serving_version !== arm.version && (
          <span className="endpoint-small">
            v{arm.version} is not in: v{arm.serving_version} answers in its place.
          </span>
        )}
        {arm.problem && <span className="endpoint-wrong endpoint-small">{arm.problem}</span>}
        {arm.held && (
          <span className="endpoint-held endpoint-small">
            <Link to="/models/$name/versions/$version" params={{ name: arm.model, version: arm.held.version ?? '' }} search={{ tab: 'gates' }}>
              Version {arm.held.version}
            </Link>{' '}
            is kept out by its gates, <Time at={arm.held.at_ms} />: {arm.held.reason}
          </span>
        )}
      </div>
      <span className="endpoint-share">{arm.shadow ? <span className="pill">shadow</span> : percent(shareOf(arm, arms))}</span>
      <span className={`pill ${tone}`} title={text}>
        {word}
      </span>
    </li>
  );
}

/** What the sticky key is, in words. */
export function stickyText({ header, json, column }: { header?: string | undefined; json?: string | undefined; column?: string | undefined }): string {
  return header ? `header ${header}` : column ? `value of ${column}` : json ? `value at ${json}` : 'key';
}
