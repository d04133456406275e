import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import type { SeriesImage } from '../artifacts/imageSeries';
import { Empty, Shown } from '../ui/States';
import { ImagesGrid, StepSlider, stepsOf } from './ImagesGrid';
import { imagesQuery } from './images';
import type { TabProps } from './tab';

/** What the runs drew at the same step. */
export function ImagesTab(props: TabProps) {
  const images = useQuery(imagesQuery(props.runs));
  return <Shown of={images}>{(found) => <Images {...props} images={found} />}</Shown>;
}

function Images({ runs, search, change, images }: TabProps & { images: readonly ReadonlyMap<string, SeriesImage[]>[] }) {
  const names = useMemo(() => [...new Set(images.flatMap((of) => [...of.keys()]))].sort((a, b) => a.localeCompare(b, 'en', { numeric: true })), [images]);
  const name = names.find((one) => one === search.image) ?? names[0];
  const steps = useMemo(() => (name === undefined ? [] : stepsOf(images, name)), [images, name]);
  const step = search.at ?? steps.at(-1) ?? 0;
  if (name === undefined) {
    return (
      <Empty title="These runs logged no image series">
        <p>
          <code>mlflow.log_image(image, key="samples", step=step)</code> logs one; the images of all runs at one step then stand here side by side.
        </p>
      </Empty>
    );
  }
  return (
    <div className="stack">
      <div className="row" role="toolbar" aria-label="Images">
        <label className="compare-tool">
          Series
          <select className="input" value={name} onChange={(event) => change({ image: event.target.value, at: undefined })}>
            {names.map((one) => (
              <option key={one} value={one}>
                {one}
              </option>
            ))}
          </select>
        </label>
        <StepSlider steps={steps} step={step} onStep={(at) => change({ at }, true)} />
      </div>
      <ImagesGrid runs={runs} images={images} name={name} step={step} />
    </div>
  );
}
