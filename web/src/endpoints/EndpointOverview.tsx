import { lazy, Suspense } from 'react';
import { Loading } from '../ui/States';
import { BanditCard } from './BanditCard';
import { CanaryCard } from './CanaryCard';
import { CostCard } from './CostCard';
import { RecentCard } from './RecentCard';
import { ShadowCard } from './ShadowCard';
import { TrafficCard } from './TrafficCard';
import type { Endpoint } from './wire';

const Live = lazy(async () => ({ default: (await import('./LiveCard')).LiveCard }));

/** What answers now and how well; what is on its way; what it costs. */
export function EndpointOverview({ of }: { of: Endpoint }) {
  return (
    <>
      <Suspense fallback={<Loading lines={6} />}>
        <Live of={of} />
      </Suspense>
      <div className="endpoint-columns">
        <div className="stack">
          <TrafficCard of={of} />
          {of.canary && <CanaryCard of={of} canary={of.canary} />}
          <ShadowCard of={of} />
          {of.bandit && <BanditCard of={of} bandit={of.bandit} />}
        </div>
        <div className="stack">
          <CostCard of={of} />
          <RecentCard of={of} />
        </div>
      </div>
    </>
  );
}
