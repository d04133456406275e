import { queryOptions, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { get } from '../api/client';
import { literal } from '../tracking/experiments';
import type { Version } from './models';

/** The newest versions that were made of what a run left. */
export function versionsOfRun(run: string) {
  return queryOptions({
    queryKey: ['models', 'of run', run],
    queryFn: async ({ signal }) => (await get('/api/2.0/mlflow/model-versions/search', { query: { filter: `run_id = ${literal(run)}`, max_results: 20, order_by: ['creation_timestamp DESC'] }, signal })).model_versions ?? [],
    retry: false,
  });
}

/** Links to the versions that were made of a run; null when there are none. */
export function useRegisteredAs(run: string) {
  const versions = useQuery(versionsOfRun(run)).data ?? [];
  return versions.length === 0 ? null : <Versions of={versions} />;
}

function Versions({ of }: { of: readonly Version[] }) {
  return (
    <span className="row">
      {of.map(({ name = '', version = '', aliases }) => (
        <Link key={`${name} ${version}`} to="/models/$name/versions/$version" params={{ name, version }}>
          {name} v{version}
          {aliases?.map((alias) => ` @${alias}`)}
        </Link>
      ))}
    </span>
  );
}
