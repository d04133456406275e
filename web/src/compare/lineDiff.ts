/** One line of two texts beside each other; null where a side has none. */
export interface LinePair {
  left: string | null;
  right: string | null;
  same: boolean;
}

/** Beyond this many lines on a side what differs is not aligned: that takes their product in time. */
const alignedMax = 3000;

/** Lays two texts side by side: lines that both have, in their order, stand beside each other, as many of them as there can be. */
export function sideBySideLines(left: string, right: string): LinePair[] {
  const [a, b] = [lines(left), lines(right)];
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start++;
  let end = 0;
  while (end < a.length - start && end < b.length - start && a[a.length - 1 - end] === b[b.length - 1 - end]) end++;
  const same = (line: string): LinePair => ({ left: line, right: line, same: true });
  return [...a.slice(0, start).map(same), ...middle(a.slice(start, a.length - end), b.slice(start, b.length - end)), ...a.slice(a.length - end).map(same)];
}

function lines(text: string): string[] {
  if (text === '') return [];
  return (text.endsWith('\n') ? text.slice(0, -1) : text).split(/\r?\n/);
}

function middle(a: string[], b: string[]): LinePair[] {
  if (a.length > alignedMax || b.length > alignedMax) return beside(a, b);
  // lengths[i][j]: the most lines that a from i and b from j have in common.
  const width = b.length + 1;
  const lengths = new Uint16Array((a.length + 1) * width);
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) lengths[i * width + j] = a[i] === b[j] ? lengths[(i + 1) * width + j + 1]! + 1 : Math.max(lengths[(i + 1) * width + j]!, lengths[i * width + j + 1]!);
  }
  const pairs: LinePair[] = [];
  let [i, j] = [0, 0];
  let [gone, come]: [string[], string[]] = [[], []];
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      pairs.push(...beside(gone, come), { left: a[i]!, right: b[j]!, same: true });
      [gone, come] = [[], []];
      i++;
      j++;
    } else if (j >= b.length || (i < a.length && lengths[(i + 1) * width + j]! >= lengths[i * width + j + 1]!)) gone.push(a[i++]!);
    else come.push(b[j++]!);
  }
  return [...pairs, ...beside(gone, come)];
}

/** Lines that are only on one side stand beside those that are only on the other. */
function beside(a: readonly string[], b: readonly string[]): LinePair[] {
  return Array.from({ length: Math.max(a.length, b.length) }, (_, i) => ({ left: a[i] ?? null, right: b[i] ?? null, same: false }));
}
