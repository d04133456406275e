import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useMay } from '../app/me';
import { Button } from '../ui/Button';
import { percent } from '../ui/format';
import { DeployDialog } from './DeployDialog';
import { endpointsOfModel, shareOf } from './endpoints';
import { EndpointState } from './EndpointState';
import './endpoints.css';

/** Where a version answers requests; and the way to let it. */
export function ServingAt({ model, version }: { model: string; version: string }) {
  const may = useMay();
  const navigate = useNavigate();
  const [deploying, setDeploying] = useState(false);
  const endpoints = useQuery({ ...endpointsOfModel(model), enabled: may('ReadEndpoints') }).data ?? [];
  const serving = endpoints.flatMap((endpoint) => (endpoint.arms ?? []).filter((arm) => arm.model === model && (arm.serving_version ?? arm.version) === version).map((arm) => ({ endpoint, arm })));
  if (!may('ReadEndpoints') || (serving.length === 0 && !may('WriteEndpoints') && !may('CreateEndpoints'))) return null;
  return (
    <section className="card stack" aria-label="Serves at">
      <div className="row between">
        <h2>Serves at</h2>
        {(may('WriteEndpoints') || may('CreateEndpoints')) && <Button onClick={() => setDeploying(true)}>Deploy...</Button>}
      </div>
      {serving.length === 0 ? (
        <p className="muted endpoint-small">No endpoint answers with this version.</p>
      ) : (
        <ul role="list" className="stack endpoint-small">
          {serving.slice(0, 20).map(({ endpoint, arm }) => (
            <li key={`${endpoint.name} ${arm.name}`} className="row">
              <Link to="/endpoints/$name" params={{ name: endpoint.name }} className="endpoint-version">
                {endpoint.name}
              </Link>
              <span>
                {arm.name}, {arm.shadow ? 'as a shadow' : percent(shareOf(arm, endpoint.arms ?? []))}
              </span>
              <EndpointState of={endpoint} />
            </li>
          ))}
        </ul>
      )}
      {deploying && <DeployDialog model={model} version={version} onClose={() => setDeploying(false)} done={(name) => void navigate({ to: '/endpoints/$name', params: { name } })} />}
    </section>
  );
}
