import { queryOptions } from '@tanstack/react-query';
import { get, type Wire } from '../api/client';

/** A run as the server answers it. */
export type Run = Wire['Run'];

/** One run with its latest values, params and tags. */
export function runQuery(id: string) {
  return queryOptions({ queryKey: ['run', id], queryFn: async ({ signal }) => (await get('/api/2.0/mlflow/runs/get', { query: { run_id: id }, signal })).run as Run });
}
