/** Points in the plane of the two directions in which they vary most. */
export interface Plane {
  points: Float64Array;
  /** Which share of all variance each of the two directions holds. */
  shares: [number, number];
}

const rounds = 300;

/**
 * Principal components by repeated multiplication: each direction is turned by the covariance of the points until it stands still, and the second is
 * kept at a right angle to the first. The covariance itself is never made: a thousand columns would make a million numbers of it.
 * @param values Row by row.
 */
export function planeOf(values: Float64Array, columns: number): Plane {
  const rows = values.length / columns;
  const centred = Float64Array.from(values);
  let total = 0;
  for (let column = 0; column < columns; column++) {
    let mean = 0;
    for (let row = 0; row < rows; row++) mean += values[row * columns + column]! / rows;
    for (let row = 0; row < rows; row++) {
      centred[row * columns + column]! -= mean;
      total += centred[row * columns + column]! ** 2;
    }
  }
  const found: Float64Array[] = [];
  const lengths: number[] = [];
  for (let which = 0; which < Math.min(2, columns); which++) {
    let direction = start(columns, which);
    let before = -1;
    for (let round = 0; round < rounds; round++) {
      const next = turned(centred, direction, rows, columns);
      for (const other of found) {
        const along = dot(next, other);
        for (let i = 0; i < columns; i++) next[i]! -= along * other[i]!;
      }
      const size = Math.sqrt(dot(next, next));
      if (size < 1e-300) break;
      direction = next.map((value) => value / size);
      if (Math.abs(size - before) <= 1e-13 * size) break;
      before = size;
    }
    found.push(direction);
    lengths.push(variance(centred, direction, rows, columns));
  }
  const points = new Float64Array(rows * 2);
  for (let row = 0; row < rows; row++) {
    const line = centred.subarray(row * columns, (row + 1) * columns);
    points[2 * row] = found[0] ? dot(line, found[0]) : 0;
    points[2 * row + 1] = found[1] ? dot(line, found[1]) : 0;
  }
  return { points, shares: [share(lengths[0], total), share(lengths[1], total)] };
}

/** A direction to begin with that is at a right angle to no likely answer; the same for the same table, so that a drawing does not change by itself. */
function start(columns: number, which: number): Float64Array {
  const direction = Float64Array.from({ length: columns }, (_, i) => Math.sin((i + 1) * 12.9898 + which * 78.233));
  const size = Math.sqrt(dot(direction, direction));
  return direction.map((value) => value / size);
}

function turned(centred: Float64Array, direction: Float64Array, rows: number, columns: number): Float64Array {
  const next = new Float64Array(columns);
  for (let row = 0; row < rows; row++) {
    const line = centred.subarray(row * columns, (row + 1) * columns);
    const along = dot(line, direction);
    for (let i = 0; i < columns; i++) next[i]! += along * line[i]!;
  }
  return next;
}

function variance(centred: Float64Array, direction: Float64Array, rows: number, columns: number): number {
  let sum = 0;
  for (let row = 0; row < rows; row++) sum += dot(centred.subarray(row * columns, (row + 1) * columns), direction) ** 2;
  return sum;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

function share(part: number | undefined, whole: number): number {
  return part === undefined || whole === 0 ? 0 : part / whole;
}
