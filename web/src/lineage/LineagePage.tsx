import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useMemo, useSyncExternalStore } from 'react';
import { Button } from '../ui/Button';
import { count } from '../ui/format';
import { Empty, Failed, Loading } from '../ui/States';
import { depthDefault, lineageQuery, type Direction, type Lineage } from './lineage';
import { LineageGraph } from './LineageGraph';
import { LineageList } from './LineageList';
import { kindOf, partsOf } from './nodes';
import type { LineageSearch } from './search';
import './lineage.css';

const depths = [1, 2, 3, 5, 8, 12, 20];

const narrow = matchMedia('(max-width: 40rem)');

function useNarrow(): boolean {
  return useSyncExternalStore(
    (listener) => {
      narrow.addEventListener('change', listener);
      return () => narrow.removeEventListener('change', listener);
    },
    () => narrow.matches,
  );
}

/** Which data made a thing, and what came of it: as a picture, and as a list for phones and readers. */
export function LineagePage() {
  const search = useSearch({ from: '/lineage' });
  const navigate = useNavigate({ from: '/lineage' });
  const { of = '', depth = depthDefault, direction = 'both' } = search;
  const lineage = useQuery(lineageQuery(of, depth, direction));
  const small = useNarrow();
  const view = search.view ?? (small ? 'list' : 'graph');
  const set = (change: Partial<LineageSearch>) => void navigate({ search: (before) => ({ ...before, ...change }), replace: true });
  const found = lineage.data;
  const root = found?.nodes.find((node) => node.id === found.of);
  const { kind, parts } = partsOf(of);
  if (of === '')
    return (
      <div className="page">
        <h1>Lineage</h1>
        <section className="card">
          <Empty title="Of what?">
            <p>A run, a model’s version and a data set each lead here: to what they were made from and what came of them.</p>
          </Empty>
        </section>
      </div>
    );
  return (
    <div className="page full lineage">
      <header className="page-head">
        <div>
          <p className="muted">Lineage of {kindOf(kind).word.toLowerCase()}</p>
          <h1>{root?.name ?? parts[kind === 'job' || kind === 'data' ? 1 : 0] ?? of}</h1>
        </div>
        <div className="row" role="toolbar" aria-label="Lineage">
          <div className="row lineage-choice" role="group" aria-label="Direction">
            {(['up', 'both', 'down'] as const).map((one) => (
              <Button key={one} aria-pressed={direction === one} onClick={() => set({ direction: one === 'both' ? undefined : one })}>
                {directionWords[one]}
              </Button>
            ))}
          </div>
          <label className="lineage-depth">
            Steps
            <select className="input" value={depth} onChange={(event) => set({ depth: Number(event.target.value) === depthDefault ? undefined : Number(event.target.value) })}>
              {[...new Set([...depths, depth])].sort((a, b) => a - b).map((one) => (
                <option key={one}>{one}</option>
              ))}
            </select>
          </label>
          <div className="row lineage-choice" role="group" aria-label="View">
            {(['graph', 'list'] as const).map((one) => (
              <Button key={one} aria-pressed={view === one} onClick={() => set({ view: one })}>
                {one === 'graph' ? 'Graph' : 'List'}
              </Button>
            ))}
          </div>
        </div>
      </header>
      {lineage.error && (!found || lineage.isPlaceholderData) ? (
        <Failed problem={lineage.error} retry={() => void lineage.refetch()} />
      ) : found ? (
        <>
          <Notes of={found} />
          {view === 'graph' ? <LineageGraph of={found} /> : <LineageList of={found} />}
        </>
      ) : (
        <Loading lines={8} height="3rem" />
      )}
    </div>
  );
}

const directionWords: Record<Direction, string> = { up: 'Made from', both: 'Both', down: 'Came of it' };

/** What the picture does not show, and why. */
function Notes({ of }: { of: Lineage }) {
  const alone = useMemo(() => of.nodes.length <= 1 && of.hidden === 0, [of]);
  return (
    <>
      {of.hidden > 0 && (
        <p className="muted" role="note">
          {count(of.hidden)} more {of.hidden === 1 ? 'thing is' : 'things are'} left out: you may not see {of.hidden === 1 ? 'it' : 'them'}.
        </p>
      )}
      {of.truncated && (
        <p className="muted" role="note">
          There is more than fits: fewer steps, or one direction, show the rest of what is near.
        </p>
      )}
      {alone && (
        <p className="muted" role="note">
          Nothing is known of where this came from or went. Runs that log their data and models, and jobs that send OpenLineage events, appear here.
        </p>
      )}
    </>
  );
}
