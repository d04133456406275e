import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useMay } from '../app/me';
import { endpointsQuery } from '../endpoints/endpoints';
import { CanaryPill, EndpointState } from '../endpoints/EndpointState';
import { troubleOf } from '../endpoints/trouble';
import { Time } from '../ui/Value';
import './home.css';

const shownMax = 6;

/** Endpoints that somebody should look at: what fails, what is kept out, what climbs, what went back. */
export function EndpointsCard() {
  const may = useMay();
  const found = (useQuery({ ...endpointsQuery, enabled: may('ReadEndpoints'), refetchInterval: 15_000, retry: false }).data ?? []).flatMap((endpoint) => {
    const trouble = troubleOf(endpoint, Date.now());
    return trouble === null ? [] : [{ endpoint, trouble }];
  });
  if (found.length === 0) return null;
  return (
    <section className="card">
      <h2>Endpoints to look at</h2>
      <ul className="home-list" role="list">
        {found.slice(0, shownMax).map(({ endpoint, trouble }) => (
          <li key={endpoint.name}>
            <Link to="/endpoints/$name" params={{ name: endpoint.name }}>
              {endpoint.name}
            </Link>
            <span>{trouble.canary && endpoint.canary ? <CanaryPill of={endpoint.canary} /> : <EndpointState of={endpoint} />}</span>
            <span className="muted">{trouble.text}</span>
            <span className="muted">
              <Time at={trouble.at} />
            </span>
          </li>
        ))}
      </ul>
      <p>
        <Link to="/endpoints">{found.length > shownMax ? `All, and ${found.length - shownMax} more of these` : 'All endpoints'}</Link>
      </p>
    </section>
  );
}
