import type { Model, Stay } from './models';

/** A place where versions stand: a stage, an alias or an endpoint. */
export interface Slot {
  kind: 'stage' | 'alias' | 'endpoint';
  name: string;
}

/** MLflow's stages in the order of a life. */
export const stages = ['None', 'Staging', 'Production', 'Archived'] as const;

/** The alias that stands for what is in production, where a model has it. */
export const champion = 'champion';

/** A slot as one text: aliases as MLflow's addresses write them. */
export function slotText({ kind, name }: Slot): string {
  return kind === 'alias' ? `@${name}` : kind === 'endpoint' ? `endpoint ${name}` : name;
}

/** The slot of a stay. */
export function slotOf(stay: Stay): Slot {
  if (stay.endpoint !== undefined) return { kind: 'endpoint', name: stay.endpoint };
  return stay.alias !== undefined ? { kind: 'alias', name: stay.alias } : { kind: 'stage', name: stay.stage ?? '' };
}

export function isSame(a: Slot, b: Slot): boolean {
  return a.kind === b.kind && a.name === b.name;
}

/** Where production is: behind the champion if there is one, else in the stage. */
export function productionSlot(model: Model): Slot {
  return (model.aliases ?? []).some(({ alias }) => alias === champion) ? { kind: 'alias', name: champion } : { kind: 'stage', name: 'Production' };
}

/** What matters first: the champion, Production, other aliases by name, then the rest of the stages. */
export function inOrder(a: Slot, b: Slot): number {
  return rank(a) - rank(b) || a.name.localeCompare(b.name, 'en', { numeric: true });
}

function rank({ kind, name }: Slot): number {
  if (kind === 'endpoint') return 6;
  if (kind === 'alias') return name === champion ? 0 : 2;
  return name === 'Production' ? 1 : name === 'Staging' ? 3 : name === 'Archived' ? 5 : 4;
}

/** Where versions of a model stand now, without what is merely archived. */
export function standing(model: Model): { slot: Slot; version: string }[] {
  const aliases = (model.aliases ?? []).map(({ alias = '', version = '' }) => ({ slot: { kind: 'alias', name: alias } as Slot, version }));
  const staged = (model.latest_versions ?? [])
    .filter(({ current_stage }) => current_stage !== 'None' && current_stage !== 'Archived')
    .map(({ current_stage = '', version = '' }) => ({ slot: { kind: 'stage', name: current_stage } as Slot, version }));
  return [...aliases, ...staged].sort((a, b) => inOrder(a.slot, b.slot));
}

/**
 * The versions that a rollback may go back to, the likeliest first: those that stood in the slot before and were not rolled back from.
 * @param stays Of the slot, the newest first.
 * @param current What stands there now.
 */
export function earlier(stays: readonly Stay[], current: string): string[] {
  const good = stays.filter((stay) => stay.version !== undefined && stay.version !== current && !stay.rolled_back).map((stay) => stay.version!);
  return [...new Set(good)];
}
