import type { Run } from '../tracking/runs';
import { bytes } from '../ui/format';
import { newestDone, type Scored } from './evaluations';
import { plainTags, type Package, type Version } from './models';

/** A version with what is known of it. */
export interface ComparedVersion {
  version: Version;
  package: Package | undefined;
  run: Run | undefined;
  scored?: readonly Scored[] | undefined;
}

/** One part of a comparison: what each version has in it, by name. */
export interface Section {
  title: string;
  isNumber?: boolean;
  read: (of: ComparedVersion) => Iterable<readonly [string, string | undefined]>;
}

const columns = (kind: string, list: Package['inputs']) => (list ?? []).map((one, index) => [`${kind} ${one.name || index}`, [one.type, one.shape, one.required === false ? 'optional' : ''].filter(Boolean).join(', ')] as const);

/** What is compared, in its order. */
export const sections: readonly Section[] = [
  {
    title: 'Metrics that Slipway computed',
    isNumber: true,
    read: ({ scored }) => newestDone(scored ?? []).flatMap((one) => (one.metrics ?? []).map(({ metric, value }) => [`${metric} on ${one.dataset} ${(one.dataset_digest ?? '').slice(0, 8)}`, String(value)] as const)),
  },
  { title: 'Metrics of the run, as its program claims', isNumber: true, read: ({ run }) => (run?.data?.metrics ?? []).map((one) => [one.key ?? '', String(one.value)] as const) },
  { title: 'Params', read: ({ run }) => (run?.data?.params ?? []).map((one) => [one.key ?? '', one.value] as const) },
  { title: 'Signature', read: ({ package: made }) => [...columns('input', made?.inputs), ...columns('output', made?.outputs), ...columns('param', made?.params)] },
  {
    title: 'Data',
    read: ({ run }) =>
      (run?.inputs?.dataset_inputs ?? []).map(({ dataset, tags }) => {
        const context = tags?.find((one) => one.key === 'mlflow.data.context')?.value;
        return [`${dataset?.name ?? ''}${context ? ` (${context})` : ''}`, dataset?.digest] as const;
      }),
  },
  { title: 'Files, by their SHA-256', read: ({ package: made }) => (made?.files ?? []).map((one) => [one.path ?? '', `${one.sha256?.slice(0, 16)}…, ${bytes(one.size)}`] as const) },
  {
    title: 'Made with',
    read: ({ version, package: made, run }) => [
      ['Flavors', made?.flavors?.join(', ')],
      ['Python', made?.python_version],
      ['MLflow', made?.mlflow_version],
      ['Commit', run?.data?.tags?.find((one) => one.key === 'mlflow.source.git.commit')?.value],
      ['Run', run?.info?.run_name ?? version.run_id],
      ['By', version.user_id],
    ],
  },
  { title: 'Tags', read: ({ version }) => plainTags(version.tags).map(({ key, value }) => [key, value] as const) },
];

/** One map a version for the table; what is not there is left out. */
export function columnsOf(section: Section, of: readonly ComparedVersion[]): Map<string, string>[] {
  return of.map((one) => new Map([...section.read(one)].flatMap(([key, value]) => (value === undefined ? [] : [[key, value] as const]))));
}

/** The highest and the lowest of a row of numbers; neither where they are alike. */
export function bestOf(values: readonly (string | undefined)[]): [string | undefined, string | undefined] {
  const read = values.filter((one): one is string => one !== undefined && Number.isFinite(Number(one)));
  if (read.length < 2) return [undefined, undefined];
  const most = read.reduce((a, b) => (Number(b) > Number(a) ? b : a));
  const least = read.reduce((a, b) => (Number(b) < Number(a) ? b : a));
  return Number(most) === Number(least) ? [undefined, undefined] : [most, least];
}
