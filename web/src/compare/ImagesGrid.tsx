import { Link } from '@tanstack/react-router';
import { imageAt, type SeriesImage } from '../artifacts/imageSeries';
import { StoredImage } from '../artifacts/StoredImage';
import { number } from '../ui/format';
import type { ComparedRun } from './runs';

interface Props {
  runs: readonly ComparedRun[];
  images: readonly ReadonlyMap<string, SeriesImage[]>[];
  name: string;
  step: number;
}

/** One key's image of each run at a step. */
export function ImagesGrid({ runs, images, name, step }: Props) {
  return (
    <div className="images-grid">
      {runs.map((run, index) => {
        const image = imageAt(images[index]?.get(name), step);
        return (
          <figure key={run.id} className="card">
            {image ? <StoredImage run={run.id} path={image.path} alt={`${name} of ${run.name} at step ${image.step}`} /> : <span className="images-none">Nothing up to this step</span>}
            <figcaption>
              <Link to="/runs/$runId" params={{ runId: run.id }}>
                {run.name}
              </Link>
              {image && <span className="muted">step {number(image.step)}</span>}
            </figcaption>
          </figure>
        );
      })}
    </div>
  );
}

/** Every step at which one of the runs has an image of this name. */
export function stepsOf(images: readonly ReadonlyMap<string, SeriesImage[]>[], name: string): number[] {
  return [...new Set(images.flatMap((of) => (of.get(name) ?? []).map((image) => image.step)))].sort((a, b) => a - b);
}

/** A slider over steps; its places are evenly apart however the steps are. */
export function StepSlider({ steps, step, onStep }: { steps: readonly number[]; step: number; onStep: (step: number) => void }) {
  const at = Math.max(0, steps.findLastIndex((one) => one <= step));
  return (
    <label className="compare-tool step-slider">
      Step
      <input type="range" min={0} max={Math.max(0, steps.length - 1)} step={1} value={at} aria-valuetext={`step ${steps[at] ?? 0}`} disabled={steps.length < 2} onChange={(event) => onStep(steps[Number(event.target.value)] ?? 0)} />
      <output className="mono">{number(steps[at] ?? 0)}</output>
    </label>
  );
}
