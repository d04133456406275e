import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Loading, Shown } from '../ui/States';
import { Time } from '../ui/Value';
import { staysQuery, type Version } from './models';
import { SlotName } from './SlotChip';
import { slotOf } from './slots';
import { storyOf } from './story';

/** Why a version stands where it stands: how it was made, and each of its steps since, with who took it and why. */
export function VersionHistory({ of }: { of: Version }) {
  const name = of.name ?? '';
  const stays = useQuery(staysQuery(name));
  return (
    <Shown of={stays} loading={<Loading lines={4} />}>
      {({ stays: all, isAll }) => (
        <section className="card stack" aria-label="History">
          <ol role="list" className="story">
            {storyOf(of, all).map((step, index) => (
              <li key={index}>
                <span className="muted">
                  <Time at={step.at} />
                </span>
                <div>
                  {step.what === 'made' ? <strong>Registered</strong> : step.what === 'came' ? <strong>Came to</strong> : <strong>Left</strong>} {step.stay && <SlotName slot={slotOf(step.stay)} />}
                  {step.what === 'left' && step.stay?.rolled_back && <span className="pill bad">rolled back</span>} <span className="muted">by {step.by || 'somebody who is erased'}</span>
                  {step.why && <p className="story-why">{step.why}</p>}
                </div>
              </li>
            ))}
          </ol>
          {!isAll && <p className="muted registry-small">The model's newest thousand steps were looked through; slipway models history knows all of them.</p>}
          <p className="registry-small">
            <Link to="/models/$name" params={{ name }} search={{ tab: 'history' }}>
              The history of the whole model
            </Link>
          </p>
        </section>
      )}
    </Shown>
  );
}
