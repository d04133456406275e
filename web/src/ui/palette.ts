/**
 * Ten colours that are told apart on light and on dark paper, also by most who do not see all colours: hues of Okabe and Ito's set, lightness set for
 * each paper so that a line has a contrast of at least 3 to 1.
 */
const light = ['#0b6e8a', '#c2410c', '#15803d', '#9333a8', '#a16207', '#1d4ed8', '#be185d', '#4d7c0f', '#5b21b6', '#57534e'];
const dark = ['#56c2dc', '#fb923c', '#4ade80', '#d78bea', '#eab308', '#7aa2ff', '#f472b6', '#a3e635', '#b794ff', '#c7c2bd'];

/** The colour of the n-th series. */
export function seriesColor(index: number, theme: 'light' | 'dark'): string {
  const colors = theme === 'dark' ? dark : light;
  return colors[index % colors.length]!;
}

/** What charts take from the style sheet; canvas does not inherit it. */
export interface ChartColors {
  ink: string;
  ink2: string;
  line: string;
  card: string;
  raised: string;
  accent: string;
  warn: string;
  bad: string;
}

const probes = { ink: '--ink', ink2: '--ink-2', line: '--line', card: '--card', raised: '--raised', accent: '--accent', warn: '--warn', bad: '--bad' } as const;

/** The colours of the theme that is shown now, as canvas understands them. */
export function chartColors(): ChartColors {
  const probe = document.createElement('span');
  document.body.append(probe);
  const colors = Object.fromEntries(
    Object.entries(probes).map(([name, property]) => {
      probe.style.color = `var(${property})`;
      return [name, getComputedStyle(probe).color];
    }),
  ) as unknown as ChartColors;
  probe.remove();
  return colors;
}
