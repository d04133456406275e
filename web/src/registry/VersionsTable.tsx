import { useInfiniteQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { lazy, Suspense, useState } from 'react';
import { Problem } from '../api/client';
import { wrongAt } from '../tracking/filterLanguage';
import { RunName } from '../tracking/RunOverview';
import { Button } from '../ui/Button';
import { Empty, Failed, Loading } from '../ui/States';
import { Time } from '../ui/Value';
import { VirtualTable, type TableColumn } from '../ui/VirtualTable';
import { askedEvery, modelKey, plainTags, versionsPage, type Version } from './models';
import { versionsMax } from './search';
import { SlotName, VersionLink } from './SlotChip';

const Filter = lazy(() => import('./ModelFilter'));

/** A model's versions, the newest first; some of them can be laid side by side. */
export function VersionsTable({ name }: { name: string }) {
  const { q = '' } = useSearch({ from: '/models/$name' });
  const navigate = useNavigate({ from: '/models/$name' });
  const [chosen, setChosen] = useState<readonly string[]>([]);
  const pages = useInfiniteQuery({
    queryKey: [...modelKey(name), 'versions', q],
    queryFn: ({ pageParam, signal }) => versionsPage(name, q === '' ? undefined : q, pageParam, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next,
    placeholderData: (before) => before,
    refetchInterval: askedEvery,
  });
  const found = pages.data?.pages.flatMap((page) => page.versions) ?? [];
  const wrong = pages.error instanceof Problem && pages.error.status === 400 && q !== '' ? wrongAt(pages.error.message) : null;
  // The server reads the filter behind the words that keep it to this model.
  const shift = `name = '${name.replaceAll("'", "''")}' AND (`.length;
  const choose = (version: string) => setChosen(chosen.includes(version) ? chosen.filter((one) => one !== version) : [...chosen, version].slice(-versionsMax));

  const columns: readonly TableColumn<Version>[] = [
    {
      name: 'Version',
      width: '8rem',
      cell: (one) => (
        <span className="row">
          <label className="registry-check" title="Compare this version">
            <input type="checkbox" aria-label={`Compare version ${one.version}`} checked={chosen.includes(one.version ?? '')} onChange={() => choose(one.version ?? '')} />
          </label>
          <VersionLink name={name} version={one.version ?? ''} />
          <Readiness of={one} />
        </span>
      ),
    },
    {
      name: 'Stands at',
      width: 'minmax(8rem, 1.5fr)',
      cell: (one) => (
        <span className="row">
          {(one.aliases ?? []).map((alias) => (
            <SlotName key={alias} slot={{ kind: 'alias', name: alias }} />
          ))}
          {one.current_stage && one.current_stage !== 'None' && <SlotName slot={{ kind: 'stage', name: one.current_stage }} />}
        </span>
      ),
    },
    { name: 'About', width: 'minmax(10rem, 3fr)', cell: (one) => <About of={one} /> },
    { name: 'From run', width: 'minmax(8rem, 1.5fr)', cell: (one) => one.run_id && <RunName id={one.run_id} /> },
    { name: 'By', width: 'minmax(5rem, 8rem)', cell: (one) => one.user_id },
    { name: 'Made', width: '8rem', cell: (one) => <Time at={one.creation_timestamp} /> },
  ];

  return (
    <div className="stack">
      <Suspense fallback={<div className="input" aria-hidden="true" />}>
        <Filter
          value={q}
          of="versions"
          tags={[...new Set(found.flatMap((one) => plainTags(one.tags).map(({ key }) => key)))]}
          problem={wrong && { text: wrong.text, at: wrong.at === null ? null : Math.max(0, wrong.at - shift) }}
          apply={(text) => void navigate({ search: (before) => ({ ...before, q: text.trim() || undefined }), resetScroll: false })}
        />
      </Suspense>
      {pages.error && <Failed problem={pages.error} retry={() => void pages.refetch()} />}
      {pages.isPending && <Loading lines={6} height="2.5rem" />}
      {pages.data && !pages.error && found.length === 0 && <Empty title={q === '' ? 'No version yet' : 'No version fits this filter'}>{q === '' && <p>A run's page registers its model as the next version; so does mlflow.register_model.</p>}</Empty>}
      {found.length > 0 && (
        <div className="card registry-list">
          <VirtualTable label={`Versions of ${name}`} columns={columns} rows={found} rowKey={(one) => one.version ?? ''} onEnd={pages.hasNextPage && !pages.isFetching ? () => void pages.fetchNextPage() : undefined} />
        </div>
      )}
      {chosen.length > 0 && (
        <div className="registry-bar row between" role="region" aria-label="Chosen versions">
          <span className="registry-small">
            {chosen.length === 1 ? 'One version is chosen: choose another to compare it with.' : `${chosen.length} versions are chosen.`}
          </span>
          <span className="row">
            <Button onClick={() => setChosen([])}>None</Button>
            {chosen.length > 1 && (
              <Link className="button primary" to="/models/$name/compare" params={{ name }} search={{ versions: [...chosen].sort((a, b) => Number(a) - Number(b)).join(',') }}>
                Compare
              </Link>
            )}
          </span>
        </div>
      )}
    </div>
  );
}

/** Whether a version's files are all there; only what is not as it should be is said. */
export function Readiness({ of }: { of: Version }) {
  if (of.status === 'READY' || of.status === undefined) return null;
  const failed = of.status.startsWith('FAILED');
  return (
    <span className={failed ? 'pill bad' : 'pill live'} title={of.status_message}>
      {failed ? 'failed' : 'pending'}
    </span>
  );
}

function About({ of }: { of: Version }) {
  const line = of.description?.trim().split('\n', 1)[0] ?? '';
  const tags = plainTags(of.tags);
  return (
    <>
      {line !== '' && <span className="registry-sub">{line.slice(0, 200)}</span>}
      {tags.length > 0 && (
        <span className="row">
          {tags.slice(0, 4).map(({ key, value }) => (
            <span className="tag" key={key} title={`${key}: ${value}`}>
              <span>{key}</span>
              <span>{value}</span>
            </span>
          ))}
          {tags.length > 4 && <span className="muted">+{tags.length - 4}</span>}
        </span>
      )}
    </>
  );
}
