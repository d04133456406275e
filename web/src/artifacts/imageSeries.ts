/** One picture of a series. */
export interface SeriesImage {
  path: string;
  /** A smaller rendering of the same picture, where the client made one. */
  small: string | null;
  step: number;
  time: number;
}

const name = /^(.+?)([%+~])step\2(-?\d+)\2timestamp\2(\d+)\2([0-9A-Za-z-]+?)(?:\2(compressed))?\.(?:png|webp|jpe?g|gif|avif|bmp|svg)$/i;

/**
 * Pictures that clients logged under a key with a step: `images/KEY%step%N%timestamp%MS%ID.png`, in other versions with `+` or `~`, and beside it,
 * smaller, `...%compressed.webp`. A `/` of the key stands as `#`. By key, each in the order of steps and times.
 */
export function imageSeries(paths: readonly string[]): Map<string, SeriesImage[]> {
  const found = new Map<string, Map<string, SeriesImage>>();
  for (const path of paths) {
    const match = name.exec(path.slice(path.lastIndexOf('/') + 1));
    if (!match) continue;
    const [, rawKey, , step, time, id, compressed] = match as unknown as [string, string, string, string, string, string, string | undefined];
    const key = rawKey.replaceAll('#', '/');
    const images = found.get(key) ?? new Map<string, SeriesImage>();
    found.set(key, images);
    const known = images.get(`${step} ${time} ${id}`);
    if (compressed) images.set(`${step} ${time} ${id}`, { path: known?.path ?? path, small: path, step: Number(step), time: Number(time) });
    else images.set(`${step} ${time} ${id}`, { path, small: known?.small ?? null, step: Number(step), time: Number(time) });
  }
  return new Map([...found].sort(([a], [b]) => a.localeCompare(b)).map(([key, images]) => [key, [...images.values()].sort((a, b) => a.step - b.step || a.time - b.time)]));
}

/** The picture that is current at a step: the last one logged at it or before. */
export function imageAt(images: readonly SeriesImage[] | undefined, step: number): SeriesImage | undefined {
  return images?.findLast((image) => image.step <= step);
}
