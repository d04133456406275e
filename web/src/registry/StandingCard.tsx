import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { useMay } from '../app/me';
import { Button } from '../ui/Button';
import { Icon } from '../ui/Icon';
import { Menu } from '../ui/Menu';
import { Shown } from '../ui/States';
import { Time } from '../ui/Value';
import { always, staysQuery, type Model, type Stay } from './models';
import { LeaveDialog, MoveDialog } from './MoveDialog';
import { RollbackDialog } from './RollbackDialog';
import { SlotName, VersionLink } from './SlotChip';
import { inOrder, isSame, productionSlot, slotOf, slotText, type Slot } from './slots';

type Asked = { kind: 'move'; slot?: Slot } | { kind: 'leave' | 'back'; slot: Slot; version: string };

/** What is in production, since when, by whom and why, and the way back; below it whatever else stands somewhere. */
export function StandingCard({ model }: { model: Model }) {
  const name = model.name ?? '';
  const stays = useQuery(staysQuery(name, { at_ms: always }));
  const may = useMay()('WriteModels');
  const [asked, setAsked] = useState<Asked | null>(null);
  const production = productionSlot(model);
  const hasVersions = (model.latest_versions ?? []).length > 0;
  return (
    <section className="card stack" aria-label="In production">
      <Shown of={stays}>
        {({ stays: all }) => {
          const now = all.filter((stay) => stay.stage !== 'Archived').sort((a, b) => inOrder(slotOf(a), slotOf(b)));
          const live = now.find((stay) => isSame(slotOf(stay), production));
          const rest = now.filter((stay) => stay !== live);
          return (
            <>
              <Live stay={live} model={model} slot={production} hasVersions={hasVersions} may={may} ask={setAsked} />
              {rest.length > 0 && (
                <ul role="list" className="standing-rest">
                  {rest.slice(0, 50).map((stay, index) => (
                    <li key={index}>
                      <span className="standing-where">
                        <SlotName slot={slotOf(stay)} /> <VersionLink name={name} version={stay.version ?? ''} />
                      </span>
                      <span className="registry-why">
                        <Since stay={stay} />
                      </span>
                      {may && slotOf(stay).kind !== 'endpoint' && <Actions stay={stay} ask={setAsked} />}
                    </li>
                  ))}
                </ul>
              )}
              {rest.length > 50 && <p className="muted registry-small">{rest.length - 50} more stand somewhere: the history has all of them.</p>}
            </>
          );
        }}
      </Shown>
      {may && hasVersions && (
        <div className="row">
          <Button onClick={() => setAsked({ kind: 'move' })}>
            <Icon name="plus" /> Set an alias or a stage
          </Button>
        </div>
      )}
      {asked?.kind === 'move' && <MoveDialog model={model} slot={asked.slot} onClose={() => setAsked(null)} />}
      {asked?.kind === 'leave' && <LeaveDialog model={model} slot={asked.slot} version={asked.version} onClose={() => setAsked(null)} />}
      {asked?.kind === 'back' && <RollbackDialog name={name} slot={asked.slot} from={asked.version} onClose={() => setAsked(null)} />}
    </section>
  );
}

function Live({ stay, model, slot, hasVersions, may, ask }: { stay: Stay | undefined; model: Model; slot: Slot; hasVersions: boolean; may: boolean; ask: (asked: Asked) => void }) {
  const name = model.name ?? '';
  if (stay === undefined)
    return (
      <>
        <h2>Nothing is in production</h2>
        <p className="muted registry-small">{hasVersions ? 'What stands behind the alias champion, or else in the stage Production, counts as in production.' : 'This model has no version yet. Register one from a run, or from a program with mlflow.register_model.'}</p>
      </>
    );
  const version = stay.version ?? '';
  return (
    <div className="standing-live">
      <div className="stack">
        <h2>
          In production: <VersionLink name={name} version={version} />
        </h2>
        <p className="row">
          <SlotName slot={slot} />
          <span className="registry-why">
            <Since stay={stay} />
          </span>
        </p>
        <code className="registry-small">{slot.kind === 'alias' ? `models:/${name}@${slot.name}` : `models:/${name}/${slot.name}`}</code>
      </div>
      {may && (
        <div className="row">
          <Button look="danger" onClick={() => ask({ kind: 'back', slot, version })}>
            Roll back...
          </Button>
          <Actions stay={stay} ask={ask} />
        </div>
      )}
    </div>
  );
}

function Since({ stay }: { stay: Stay }) {
  return (
    <>
      since <Time at={stay.from_ms} /> by {stay.from_actor || 'somebody who is erased'}
      {stay.from_reason && <>: {stay.from_reason}</>}
    </>
  );
}

function Actions({ stay, ask }: { stay: Stay; ask: (asked: Asked) => void }) {
  const slot = slotOf(stay);
  const version = stay.version ?? '';
  return (
    <Menu
      square
      title={`Actions for ${slotText(slot)}`}
      label={<Icon name="more" />}
      items={[
        { label: 'Move another version here', onSelect: () => ask({ kind: 'move', slot }) },
        { label: 'Roll back', onSelect: () => ask({ kind: 'back', slot, version }) },
        { label: slot.kind === 'alias' ? 'Remove the alias' : 'Take it out', danger: true, onSelect: () => ask({ kind: 'leave', slot, version }) },
      ]}
    />
  );
}

/** Where a model's history is told. */
export function HistoryLink({ name }: { name: string }) {
  return (
    <Link to="/models/$name" params={{ name }} search={{ tab: 'history' }}>
      Who was in production when
    </Link>
  );
}
