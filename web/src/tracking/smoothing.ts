/**
 * Exponential moving average that does not lean towards zero at its beginning: each value is divided by the weight that it was made of so far.
 * What is no finite number is passed by, and stands where it stood.
 * @param weight From 0, nothing is smoothed, to below 1.
 */
export function smooth(values: Float64Array, weight: number): Float64Array {
  if (!(weight > 0)) return values;
  const smoothed = new Float64Array(values.length);
  let mean = 0;
  let used = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (!Number.isFinite(value)) {
      smoothed[i] = value;
      continue;
    }
    mean = mean * weight + (1 - weight) * value;
    used = used * weight + (1 - weight);
    smoothed[i] = mean / used;
  }
  return smoothed;
}
