import { useNavigate } from '@tanstack/react-router';
import { ColorKey } from '../compare/ColorKey';
import { fieldName, scaleOf } from '../compare/fields';
import { ParallelChart } from '../compare/ParallelChart';
import { ScatterChart } from '../compare/ScatterChart';
import type { PanelProps } from './PanelView';

/** Each run a line across the axes. */
export function ParallelPanel({ panel, runs }: PanelProps<'parallel'>) {
  return (
    <>
      <div className="scroll-x" tabIndex={0} role="group" aria-label="Parallel coordinates">
        <div style={{ minInlineSize: `${panel.axes.length * 7}rem` }}>
          <ParallelChart label={`Parallel coordinates of ${runs.length} runs over ${panel.axes.map(fieldName).join(', ')}`} runs={runs} axes={panel.axes} color={panel.color} height={22} />
        </div>
      </div>
      {panel.color && <ColorKey of={panel.color} scale={scaleOf(runs, panel.color)} />}
    </>
  );
}

/** Each run a dot. */
export function ScatterPanel({ panel, runs }: PanelProps<'scatter'>) {
  const navigate = useNavigate();
  return (
    <>
      <ScatterChart label={`${fieldName(panel.y)} by ${fieldName(panel.x)} of ${runs.length} runs`} runs={runs} x={panel.x} y={panel.y} color={panel.color} size={panel.size} height={22} onOpen={(run) => void navigate({ to: '/runs/$runId', params: { runId: run.id } })} />
      {panel.color && <ColorKey of={panel.color} scale={scaleOf(runs, panel.color)} />}
    </>
  );
}
