import { get, post } from '../api/client';
import { given } from '../api/given';
import { anywhere } from '../tracking/experiments';
import type { Choice } from '../ui/Chooser';
import type { Member } from './access';
import { kinds } from './words';

/** Finds members by a part of a name. */
export function findMembers(kinds: readonly string[]): (text: string, signal: AbortSignal) => Promise<readonly Choice[]> {
  return async (text, signal) => {
    const query = { contains: text, kind: kinds.length === 1 ? kinds[0] : undefined, max_results: 50 };
    const found = ((await get('/api/slipway/v1/access/members', { query: given(query), signal })).members ?? []) as Member[];
    return found.filter((one) => kinds.includes(one.kind)).map(memberChoice);
  };
}

/** A member as a choice. */
export function memberChoice(one: Member): Choice {
  const name = one.display_name === '' || one.display_name === one.name ? '' : one.display_name;
  return { id: one.name, name: one.name, note: [name, one.kind === 'person' ? '' : kinds[one.kind]].filter(Boolean).join(', ') };
}

/** Finds experiments by a part of the name. */
export async function findExperiments(text: string, signal: AbortSignal): Promise<readonly Choice[]> {
  const page = await post('/api/2.0/mlflow/experiments/search', { max_results: 50, order_by: ['last_update_time DESC'], view_type: 'ACTIVE_ONLY', ...(text !== '' && { filter: `name ILIKE ${anywhere(text)}` }) }, { signal });
  return (page.experiments ?? []).map(({ experiment_id: id = '', name = '' }) => ({ id, name, note: id }));
}

/** Finds registered models by a part of the name, which is their id. */
export async function findModels(text: string, signal: AbortSignal): Promise<readonly Choice[]> {
  const query = { max_results: 50, ...(text !== '' && { filter: `name ILIKE ${anywhere(text)}` }) };
  const page = await get('/api/2.0/mlflow/registered-models/search', { query, signal });
  return (page.registered_models ?? []).map(({ name = '' }) => ({ id: name, name }));
}
