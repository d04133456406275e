import { queryOptions } from '@tanstack/react-query';
import { listFolder } from './artifacts';
import type { ComparedRun } from './runs';

/** An image that was logged at a step of a series. */
export interface StepImage {
  key: string;
  step: number;
  timestamp: number;
  path: string;
}

/**
 * Reads the name that MLflow's `log_image(image, key=, step=)` gives: `images/KEY%step%3%timestamp%170...%ID.png`, in other versions with `+` or `~`;
 * a slash of the key is `#` in it. Null for any other file.
 */
export function parseImage(path: string): StepImage | null {
  const found = /^(?:.*\/)?(.+?)([%+~])step\2(-?\d+)\2timestamp\2(\d+)\2[^/]*\.(?:png|webp|jpe?g|gif)$/i.exec(path);
  if (found === null || /[%+~]compressed\.\w+$/.test(path)) return null;
  return { key: found[1]!.replaceAll('#', '/'), step: Number(found[3]), timestamp: Number(found[4]), path };
}

/** The image series of runs: by run, those of each key in the order of their steps. */
export function imagesQuery(runs: readonly ComparedRun[]) {
  return queryOptions({
    queryKey: ['compare', 'images', runs.map((run) => run.id)],
    queryFn: async ({ signal }) => Promise.all(runs.map(async (run) => byKey((await listFolder(run.id, 'images', signal)).map((file) => file.path)))),
  });
}

/** Groups files by their key; of several at one step, the last that was logged counts. */
export function byKey(paths: readonly string[]): Map<string, StepImage[]> {
  const keys = new Map<string, StepImage[]>();
  const images = paths.map(parseImage).filter((image) => image !== null);
  for (const image of images.sort((a, b) => a.step - b.step || a.timestamp - b.timestamp)) {
    const before = keys.get(image.key) ?? [];
    if (before.at(-1)?.step === image.step) before.pop();
    keys.set(image.key, [...before, image]);
  }
  return keys;
}

/** The image that is current at a step: the last one logged at it or before. */
export function imageAt(images: readonly StepImage[] | undefined, step: number): StepImage | undefined {
  return images?.findLast((image) => image.step <= step);
}
