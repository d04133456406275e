import { Button } from '../ui/Button';
import { count } from '../ui/format';
import { Icon } from '../ui/Icon';
import type { ChartX, RunSearch } from './runSearch';

interface Props {
  search: RunSearch;
  change: (part: Partial<RunSearch>) => void;
  /** The search is no regular expression. */
  wrong: boolean;
  shown: number;
  of: number;
}

/** How all charts of the page are drawn. */
export function ChartControls({ search, change, wrong, shown, of }: Props) {
  const smooth = search.smooth ?? 0;
  return (
    <div className="chart-controls" role="group" aria-label="How charts are drawn">
      <input
        className="input chart-search"
        type="search"
        aria-label="Find metrics"
        placeholder="Find: loss, ^val/"
        title={wrong ? 'No regular expression: the text itself is looked for.' : 'A regular expression, whatever the case'}
        value={search.q ?? ''}
        onChange={(event) => change({ q: event.target.value || undefined })}
      />
      <span className="muted chart-count" aria-live="polite">
        {shown === of ? count(of) : `${count(shown)} of ${count(of)}`}
      </span>
      <label>
        Along
        <select className="input" value={search.x ?? 'step'} onChange={(event) => change({ x: event.target.value === 'step' ? undefined : (event.target.value as ChartX), from: undefined, to: undefined })}>
          <option value="step">step</option>
          <option value="time">time</option>
          <option value="relative">since start</option>
        </select>
      </label>
      <label>
        Smoothing
        <input type="range" min={0} max={0.99} step={0.01} value={smooth} onChange={(event) => change({ smooth: Number(event.target.value) || undefined })} />
        <output>{smooth.toFixed(2)}</output>
      </label>
      <label>
        Outliers
        <select className="input" value={search.clip ?? 0} onChange={(event) => change({ clip: event.target.value === '1' ? 1 : event.target.value === '5' ? 5 : undefined })}>
          <option value={0}>shown</option>
          <option value={1}>beyond 1–99 % cut</option>
          <option value={5}>beyond 5–95 % cut</option>
        </select>
      </label>
      <label>
        <input type="checkbox" checked={search.log ?? false} onChange={(event) => change({ log: event.target.checked || undefined })} /> Log scale
      </label>
      <span className="row" role="group" aria-label="View">
        <Button aria-pressed={search.view !== 'table'} onClick={() => change({ view: undefined })}>
          <Icon name="chart" /> Charts
        </Button>
        <Button aria-pressed={search.view === 'table'} onClick={() => change({ view: 'table' })}>
          <Icon name="columns" /> Table
        </Button>
      </span>
      {(search.from !== undefined || search.to !== undefined) && (
        <Button onClick={() => change({ from: undefined, to: undefined })}>
          <Icon name="close" /> Reset zoom
        </Button>
      )}
    </div>
  );
}
