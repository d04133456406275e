import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { imagesQuery } from '../compare/images';
import { ImagesGrid, StepSlider, stepsOf } from '../compare/ImagesGrid';
import { Shown } from '../ui/States';
import type { PanelProps } from './PanelView';

/** Images of runs side by side, at a step. */
export function ImagesPanel({ panel, runs }: PanelProps<'images'>) {
  const images = useQuery(imagesQuery(runs));
  const [moved, setMoved] = useState<number>();
  return (
    <Shown of={images}>
      {(found) => {
        const name = panel.name ?? [...(found.find((of) => of.size > 0)?.keys() ?? [])][0];
        const steps = name === undefined ? [] : stepsOf(found, name);
        if (name === undefined || steps.length === 0) return <p className="muted">These runs have no images{panel.name ? ` named '${panel.name}'` : ''}.</p>;
        const step = moved ?? panel.step ?? steps.at(-1)!;
        return (
          <>
            <StepSlider steps={steps} step={step} onStep={setMoved} />
            <ImagesGrid runs={runs} images={found} name={name} step={step} />
          </>
        );
      }}
    </Shown>
  );
}
