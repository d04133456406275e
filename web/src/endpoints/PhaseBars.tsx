import { queryOptions, useQuery } from '@tanstack/react-query';
import { address, send } from '../api/client';
import { micros } from '../ui/format';
import { endpointKey, mayDo } from './endpoints';
import { meansOf, type Statistics } from './phases';
import type { Endpoint } from './wire';

/** Triton's statistics: they are part of the protocol that every endpoint speaks. */
function statisticsQuery(name: string) {
  return queryOptions({
    queryKey: [...endpointKey(name), 'statistics'],
    queryFn: async ({ signal }) => ((await (await send(address('/v2/models/{name}/stats', { name }), { signal })).json()) as { model_stats?: Statistics[] }).model_stats ?? [],
    refetchInterval: 5_000,
    retry: false,
  });
}

/** Where the time of a request goes, by version. */
export function PhaseBars({ of }: { of: Endpoint }) {
  const known = useQuery({ ...statisticsQuery(of.name), enabled: mayDo(of, 'invoke') }).data ?? [];
  const rows = known.flatMap((one) => {
    const means = meansOf(one);
    return means === null ? [] : [{ version: one.version ?? '', means, total: means.reduce((sum, { us }) => sum + us, 0) }];
  });
  if (rows.length === 0) return null;
  const longest = Math.max(...rows.map(({ total }) => total));
  return (
    <div className="endpoint-phases" role="group" aria-label="Latency by phase, on average">
      <h3>Where the time goes</h3>
      {rows.slice(0, 6).map(({ version, means, total }) => (
        <div key={version} className="endpoint-phase-row">
          <span>v{version}</span>
          <span className="endpoint-phase-bar" role="img" aria-label={means.map(({ word, us }) => `${word} ${micros(us)}`).join(', ')} style={{ inlineSize: `${Math.max(6, (total / longest) * 100)}%` }}>
            {means.map(({ word, us }) => (
              <span key={word} className={word} style={{ flexGrow: us }} title={`${word} ${micros(us)}`} />
            ))}
          </span>
          <span className="muted">{micros(total)}</span>
        </div>
      ))}
      <p className="endpoint-phase-key" aria-hidden="true">
        {rows[0]!.means.map(({ word }) => (
          <span key={word}>
            <span className={`endpoint-phase-swatch ${word}`} /> {word}
          </span>
        ))}
      </p>
    </div>
  );
}
