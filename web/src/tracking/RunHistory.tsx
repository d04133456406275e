import { useInfiniteQuery } from '@tanstack/react-query';
import { get } from '../api/client';
import { Button } from '../ui/Button';
import { Empty, Failed, Loading } from '../ui/States';
import { Time } from '../ui/Value';
import { told } from './history';
import './run.css';

/** Who changed what, the newest first. */
export function RunHistory({ subject }: { subject: string }) {
  const pages = useInfiniteQuery({
    queryKey: ['history', subject],
    queryFn: ({ pageParam, signal }) => get('/api/slipway/v1/history', { query: { subject, max: 100, page_token: pageParam }, signal }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next_page_token,
  });
  if (pages.error && !pages.data) return <Failed problem={pages.error} retry={() => void pages.refetch()} />;
  if (!pages.data) return <Loading lines={5} />;
  const changes = pages.data.pages.flatMap((page) => page.changes ?? []);
  if (changes.length === 0) return <Empty title="Nothing was changed" />;
  return (
    <section className="card stack">
      <ol role="list" className="run-history">
        {changes.map((change, index) => {
          const { title, lines } = told(change.kind ?? '', change.data);
          return (
            <li key={`${change.at_ms} ${index}`}>
              <span className="muted">
                <Time at={change.at_ms} />
              </span>
              <div>
                <strong>{title}</strong>
                {change.actor && <span className="muted"> by {change.actor}</span>}
                {lines.length > 0 && (
                  <ul role="list">
                    {lines.map((line, at) => (
                      <li key={at}>
                        <code>{line.name}</code>
                        {line.before !== undefined && <del>{line.before === '' ? '(empty)' : line.before}</del>}
                        {line.after !== undefined && <ins>{line.after === '' ? '(empty)' : line.after}</ins>}
                      </li>
                    ))}
                  </ul>
                )}
              </div>
            </li>
          );
        })}
      </ol>
      {pages.hasNextPage && (
        <Button onClick={() => void pages.fetchNextPage()} disabled={pages.isFetchingNextPage}>
          Older changes
        </Button>
      )}
    </section>
  );
}
