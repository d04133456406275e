/** How much something matters; `ok` is sound. */
export type Severity = 'high' | 'medium' | 'low' | 'ok';

/** One thing that was looked at, as the server answers it. */
export interface ReviewItem {
  id?: string;
  severity?: string;
  title?: string;
  what?: string;
  why?: string;
  mend?: string;
  docs?: string;
}

/** One thing that was looked at, as the page shows it. */
export interface Finding {
  id: string;
  severity: Severity;
  title: string;
  what: string;
  why?: string | undefined;
  mend?: string | undefined;
  docs?: string | undefined;
  /** Where in these pages it can be mended. */
  to?: '/settings/members' | '/settings/tokens' | undefined;
}

/** Words for what is weak, the gravest first. */
export const severities: readonly { severity: Severity; label: string; look: string }[] = [
  { severity: 'high', label: 'High', look: 'bad' },
  { severity: 'medium', label: 'Medium', look: 'warn' },
  { severity: 'low', label: 'Low', look: '' },
  { severity: 'ok', label: 'Sound', look: 'good' },
];

const places: Readonly<Record<string, '/settings/members' | '/settings/tokens'>> = { administrator: '/settings/members', accounts: '/settings/members', 'token-life': '/settings/tokens', 'unused-tokens': '/settings/tokens' };

/** What a review says, the gravest first. A severity that is newer than this page counts as high: nothing weak is shown as sound. */
export function findings(items: readonly ReviewItem[]): readonly Finding[] {
  const rank = (severity: Severity) => severities.findIndex((one) => one.severity === severity);
  return items
    .map((item, index): Finding => {
      const severity = severities.find((one) => one.severity === item.severity)?.severity ?? 'high';
      return { id: `${item.id ?? ''}-${index}`, severity, title: item.title ?? '', what: item.what ?? '', why: item.why, mend: item.mend, docs: item.docs, to: severity === 'ok' ? undefined : places[item.id ?? ''] };
    })
    .sort((a, b) => rank(a.severity) - rank(b.severity));
}

/** The whole in one sentence: how much is weak, and how gravely. No score: one open door is not made up for by ten that are shut. */
export function summary(found: readonly Finding[]): string {
  const weak = found.filter((one) => one.severity !== 'ok');
  if (weak.length === 0) return `${found.length} things were looked at, and none of them is weak.`;
  const grave = weak.filter((one) => one.severity === 'high').length;
  return `${weak.length} of ${found.length} things that were looked at ${weak.length === 1 ? 'is' : 'are'} weaker than need be${grave === 0 ? ', none of them gravely' : `, ${grave === weak.length && grave > 1 ? 'all' : grave} gravely`}.`;
}
