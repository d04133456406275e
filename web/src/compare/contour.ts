/** A place with a value. */
export interface Sample {
  x: number;
  y: number;
  value: number;
}

/** Values over a grid, row by row from the lowest y. Cells that no sample is near are NaN. */
export interface Field {
  columns: number;
  rows: number;
  values: Float64Array;
}

/**
 * Fills a grid over the unit square from samples in it: each cell is the mean of all samples, weighed by one over the square of their distance. It
 * goes exactly through the samples, never beyond their least and greatest value, and claims nothing farther than `reach` from every sample.
 */
export function interpolated(samples: readonly Sample[], columns: number, rows: number, reach = 0.35): Field {
  const values = new Float64Array(columns * rows);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) values[row * columns + column] = valueAt(samples, (column + 0.5) / columns, (row + 0.5) / rows, reach);
  }
  return { columns, rows, values };
}

/** The interpolated value at one place. */
export function valueAt(samples: readonly Sample[], x: number, y: number, reach = 0.35): number {
  let [sum, weights, nearest] = [0, 0, Infinity];
  for (const sample of samples) {
    const square = (sample.x - x) ** 2 + (sample.y - y) ** 2;
    if (square < 1e-18) return meanAt(samples, sample);
    nearest = Math.min(nearest, square);
    sum += sample.value / square;
    weights += 1 / square;
  }
  return nearest > reach * reach ? NaN : sum / weights;
}

/** Several runs may have the same params. */
function meanAt(samples: readonly Sample[], place: Sample): number {
  const same = samples.filter((one) => (one.x - place.x) ** 2 + (one.y - place.y) ** 2 < 1e-18);
  return same.reduce((sum, one) => sum + one.value, 0) / same.length;
}

/** The segments where a field has a level, as x1, y1, x2, y2 in the unit square: marching squares between the middles of cells. */
export function contourLine({ columns, rows, values }: Field, level: number): [number, number, number, number][] {
  const segments: [number, number, number, number][] = [];
  const middle = (column: number, row: number): [number, number] => [(column + 0.5) / columns, (row + 0.5) / rows];
  for (let row = 0; row + 1 < rows; row++) {
    for (let column = 0; column + 1 < columns; column++) {
      const corners = [middle(column, row), middle(column + 1, row), middle(column + 1, row + 1), middle(column, row + 1)];
      const at = [values[row * columns + column]!, values[row * columns + column + 1]!, values[(row + 1) * columns + column + 1]!, values[(row + 1) * columns + column]!];
      if (at.some(Number.isNaN)) continue;
      const crossings: [number, number][] = [];
      for (let side = 0; side < 4; side++) {
        const [a, b] = [at[side]!, at[(side + 1) % 4]!];
        if (a < level === b < level) continue;
        const share = (level - a) / (b - a);
        const [from, to] = [corners[side]!, corners[(side + 1) % 4]!];
        crossings.push([from[0] + (to[0] - from[0]) * share, from[1] + (to[1] - from[1]) * share]);
      }
      for (let i = 0; i + 1 < crossings.length; i += 2) segments.push([...crossings[i]!, ...crossings[i + 1]!]);
    }
  }
  return segments;
}
