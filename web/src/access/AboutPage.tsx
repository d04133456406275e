import { useQuery } from '@tanstack/react-query';
import { get } from '../api/client';
import { meQuery } from '../app/me';
import { Shown } from '../ui/States';
import { Copyable } from '../ui/Value';

/** What this server is, and where to read on. */
export function AboutPage() {
  const me = useQuery(meQuery).data;
  const version = useQuery({ queryKey: ['version'], queryFn: ({ signal }) => get('/api/slipway/v1/version', { signal }), staleTime: Infinity });
  return (
    <>
      <header className="page-head">
        <h1>About</h1>
      </header>
      <section className="card stack">
        <Shown of={version}>
          {(found) => (
            <dl className="facts">
              <dt>Slipway</dt>
              <dd>
                <Copyable text={String(found.version ?? '')} />
              </dd>
              <dt>Speaks as MLflow</dt>
              <dd>{found.mlflow}</dd>
              <dt>Address</dt>
              <dd>
                <Copyable text={location.origin} />
              </dd>
              <dt>Sign-in</dt>
              <dd>{me?.single_user ? 'nobody signs in: for one user' : 'people sign in'}</dd>
              <dt>Licence</dt>
              <dd>Apache-2.0</dd>
            </dl>
          )}
        </Shown>
        <p className="muted">
          Everything that these pages do goes through the public API: <a href="/openapi.json">openapi.json</a>. What the server measures about itself is at <a href="/metrics">/metrics</a>, in the words of Prometheus.
        </p>
      </section>
    </>
  );
}
