import { post, remove } from '../api/client';
import type { Slot } from './slots';

/** Puts a version into a stage or behind an alias, with the reason in the history. */
export async function place(name: string, version: string, slot: Slot, reason: string, archive: boolean): Promise<void> {
  const why = reason.trim() === '' ? undefined : reason.trim();
  if (slot.kind === 'stage') await post('/api/2.0/mlflow/model-versions/transition-stage', { name, version, stage: slot.name, archive_existing_versions: archive, reason: why });
  else await post('/api/slipway/v1/models/{name}/moves', { moves: [{ version, alias: slot.name }], reason: why }, { path: { name } });
}

/** Takes an alias away, or a version out of its stage. */
export async function leave(name: string, version: string, slot: Slot, reason: string): Promise<void> {
  if (slot.kind === 'alias') await remove('/api/2.0/mlflow/registered-models/alias', { query: { name, alias: slot.name } });
  else await place(name, version, { kind: 'stage', name: 'None' }, reason, false);
}

/** Goes back to the last good version of a slot, unless somebody moved it meanwhile. */
export function rollBack(name: string, slot: Slot, from: string, reason: string) {
  return post('/api/slipway/v1/models/{name}/rollback', { [slot.kind]: slot.name, from, reason: reason.trim() }, { path: { name } });
}

/** Exchanges the versions of two aliases in one go. */
export function swap(name: string, a: { alias: string; version: string }, b: { alias: string; version: string }, reason: string) {
  return post('/api/slipway/v1/models/{name}/moves', { moves: [{ alias: a.alias, version: b.version }, { alias: b.alias, version: a.version }], reason: reason.trim() === '' ? undefined : reason.trim() }, { path: { name } });
}
