import { planeOf } from './pca';

/** Off the page's own thread: thousands of rows of a thousand columns take a second. */
self.onmessage = ({ data }: MessageEvent<{ values: Float64Array; columns: number }>) => {
  const plane = planeOf(data.values, data.columns);
  postMessage(plane, { transfer: [plane.points.buffer] });
};
