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

/** Low to high: dark and cold to bright and warm, on dark paper the ends are lighter. */
const ramps = { light: ['#1b2f6b', '#0b6e8a', '#2b9a6e', '#b9a11f', '#d2500f'], dark: ['#6f86e8', '#3fb3cf', '#4fce8f', '#dcc443', '#ff8a4c'] } as const;

/** The colour of a share between nought and one. */
export function rampColor(share: number, theme: 'light' | 'dark'): string {
  const stops = ramps[theme];
  const at = Math.min(1, Math.max(0, Number.isFinite(share) ? share : 0)) * (stops.length - 1);
  const below = Math.min(stops.length - 2, Math.floor(at));
  const [from, to] = [parts(stops[below]!), parts(stops[below + 1]!)];
  return `rgb(${from.map((value, i) => Math.round(value + (to[i]! - value) * (at - below))).join(', ')})`;
}

function parts(hex: string): number[] {
  return [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16));
}
