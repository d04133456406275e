import type { ComparedRun } from './runs';

/** A field of a run as the filter language names it, without its quoting: `params.lr`, `metrics.loss`, `tags.team`, `attributes.duration`. */
export type FieldRef = string;

const attributes: Record<string, (run: ComparedRun) => string | number | null> = {
  duration: (run) => (run.start !== null && run.end !== null && run.end >= run.start ? run.end - run.start : null),
  start_time: (run) => run.start,
  status: (run) => run.status,
  run_name: (run) => run.name,
  experiment_id: (run) => run.experiment,
};

/** The words of a field, for headings and choices. */
export function fieldName(ref: FieldRef): string {
  return ref.slice(ref.indexOf('.') + 1);
}

/** What a run has in a field; null when it has nothing. A param that reads as a number is one. */
export function valueOf(run: ComparedRun, ref: FieldRef): string | number | null {
  const key = fieldName(ref);
  if (ref.startsWith('metrics.')) return run.metrics.get(key) ?? null;
  if (ref.startsWith('attributes.')) return Object.hasOwn(attributes, key) ? attributes[key]!(run) : null;
  const text = ref.startsWith('params.') ? run.params.get(key) : ref.startsWith('tags.') ? run.tags.get(key) : undefined;
  if (text === undefined) return null;
  const read = Number(text);
  return text.trim() !== '' && Number.isFinite(read) ? read : text;
}

/** How a field is laid along an axis. */
export type Scale = { kind: 'number'; least: number; greatest: number; log: boolean } | { kind: 'category'; categories: string[] };

/**
 * Numbers where every value is one, else categories. Positive numbers over three powers of ten or more are laid out by their logarithm: learning rates
 * would otherwise lie on top of each other.
 */
export function scaleOf(runs: readonly ComparedRun[], ref: FieldRef): Scale {
  const values = runs.map((run) => valueOf(run, ref)).filter((value) => value !== null);
  if (values.length > 0 && values.every((value) => typeof value === 'number')) {
    const finite = values.filter(Number.isFinite);
    const [least, greatest] = [Math.min(...finite), Math.max(...finite)];
    if (finite.length === 0) return { kind: 'number', least: 0, greatest: 1, log: false };
    return { kind: 'number', least, greatest, log: least > 0 && greatest / least >= 1000 };
  }
  return { kind: 'category', categories: [...new Set(values.map(String))].sort((a, b) => a.localeCompare(b, 'en', { numeric: true })) };
}

/** Every field that at least one of the runs has: params that differ first, then metrics, then the rest of params. */
export function fieldsOf(runs: readonly ComparedRun[]): { params: FieldRef[]; metrics: FieldRef[]; tags: FieldRef[] } {
  const all = (of: (run: ComparedRun) => Map<string, unknown>, prefix: string) =>
    [...new Set(runs.flatMap((run) => [...of(run).keys()]))].sort((a, b) => a.localeCompare(b, 'en', { numeric: true })).map((key) => `${prefix}.${key}`);
  const params = all((run) => run.params, 'params');
  const differs = new Set(params.filter((ref) => new Set(runs.map((run) => valueOf(run, ref))).size > 1));
  return {
    params: [...params.filter((ref) => differs.has(ref)), ...params.filter((ref) => !differs.has(ref))],
    metrics: all((run) => run.metrics, 'metrics'),
    tags: all((run) => run.tags, 'tags').filter((ref) => !ref.startsWith('tags.mlflow.') && !ref.startsWith('tags.slipway.')),
  };
}

/** Whether a run lies in every chosen stretch. Of categories, a stretch is of their places. */
export function inBrushes(run: ComparedRun, brushes: Readonly<Record<FieldRef, readonly [number, number]>>, scales: ReadonlyMap<FieldRef, Scale>): boolean {
  return Object.entries(brushes).every(([ref, [from, to]]) => {
    const scale = scales.get(ref);
    const value = valueOf(run, ref);
    if (scale === undefined) return true;
    if (value === null) return false;
    const place = scale.kind === 'category' ? scale.categories.indexOf(String(value)) : Number(value);
    return place >= from && place <= to;
  });
}
