/** What Triton's statistics say of one version: how often a phase was passed, and how long it took in all. */
export interface Statistics {
  name?: string;
  version?: string;
  inference_stats?: Partial<Record<'success' | 'queue' | 'compute_input' | 'compute_infer' | 'compute_output', { count?: number | string; ns?: number | string }>>;
}

/** The phases of a request in their order, under the words of these pages. */
export const phases = [
  { key: 'compute_input', word: 'parse' },
  { key: 'queue', word: 'queue' },
  { key: 'compute_infer', word: 'run' },
  { key: 'compute_output', word: 'encode' },
] as const;

/** How long each phase takes on average, in microseconds; null where no request was counted. */
export function meansOf({ inference_stats: stats }: Statistics): { word: string; us: number }[] | null {
  const means = phases.map(({ key, word }) => {
    const of = stats?.[key];
    const n = Number(of?.count ?? 0);
    return { word, us: n > 0 ? Number(of?.ns ?? 0) / n / 1000 : 0 };
  });
  return Number(stats?.success?.count ?? 0) > 0 && means.some(({ us }) => us > 0) ? means : null;
}
