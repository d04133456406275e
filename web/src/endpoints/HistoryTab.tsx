import { useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Button } from '../ui/Button';
import { percent } from '../ui/format';
import { Empty, Loading, Shown } from '../ui/States';
import { Time } from '../ui/Value';
import { ArmVersion } from './ArmVersion';
import { historyQuery, mayDo, shareOf } from './endpoints';
import { kinds } from './history';
import { RollbackDialog } from './ReasonDialogs';
import { RouteBar } from './RouteBar';
import type { Endpoint, Revision } from './wire';

/** What was deployed when, by whom and why; each revision can be gone back to. */
export function HistoryTab({ of }: { of: Endpoint }) {
  const history = useInfiniteQuery(historyQuery(of.name));
  const [back, setBack] = useState<Revision | null>(null);
  return (
    <Shown of={history} loading={<Loading lines={6} />}>
      {({ pages }) => {
        const all = pages.flatMap((page) => page.revisions ?? []);
        return (
          <section className="card stack" aria-label="History">
            {all.length === 0 && <Empty title="Nothing happened yet" />}
            <ol role="list" className="endpoint-history">
              {all.map((one) => (
                <Row key={`${one.revision} ${one.kind} ${one.at_ms}`} of={one} now={one.revision === of.revision} back={mayDo(of, 'write') && (one.arms?.length ?? 0) > 0 ? () => setBack(one) : undefined} />
              ))}
            </ol>
            {history.hasNextPage && (
              <div>
                <Button disabled={history.isFetchingNextPage} onClick={() => void history.fetchNextPage()}>
                  Show what was before
                </Button>
              </div>
            )}
            {back && <RollbackDialog of={of} to={back} onClose={() => setBack(null)} />}
          </section>
        );
      }}
    </Shown>
  );
}

function Row({ of, now, back }: { of: Revision; now: boolean; back: (() => void) | undefined }) {
  const [tone, word] = kinds[of.kind ?? ''] ?? ['', of.kind ?? ''];
  const arms = of.arms ?? [];
  return (
    <li className={tone}>
      <div className="endpoint-history-what">
        <p className="row">
          <span className={`pill ${tone === 'live' ? '' : tone}`}>{word}</span>
          {now && <span className="pill live">now</span>}
          <span className="muted">
            revision {of.revision}, <Time at={of.at_ms} /> by {of.by || 'somebody who is erased'}
          </span>
        </p>
        {of.reason && <p className="endpoint-history-why">{of.reason}</p>}
        {arms.length > 0 && (
          <div className="endpoint-history-arms">
            <RouteBar arms={arms} thin />
            <span className="row endpoint-small">
              {arms.map((arm) => (
                <span key={arm.name}>
                  <ArmVersion of={arm} /> <span className="muted">{arm.shadow ? 'shadow' : percent(shareOf(arm, arms))}</span>
                </span>
              ))}
            </span>
          </div>
        )}
      </div>
      {back && !now && (
        <Button look="plain" onClick={back} aria-label={`Go back here... to revision ${of.revision}`}>
          Go back here...
        </Button>
      )}
    </li>
  );
}
