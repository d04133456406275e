import { useQuery } from '@tanstack/react-query';
import { useDeferredValue, useState } from 'react';
import { fieldName, fieldsOf } from '../compare/fields';
import { comparedRuns, type RunSource } from '../compare/runs';
import { recentExperiments } from '../tracking/experiments';
import { Button } from '../ui/Button';
import { Dialog } from '../ui/Dialog';
import { Field, TextField } from '../ui/Field';
import { Failed } from '../ui/States';
import { PanelFields, type PanelDraft } from './PanelFields';
import { panelTypes, parsePanel, type Panel, type PanelType } from './panels';

/** Makes a panel from choices, so that nobody writes its JSON by hand. */
export function PanelDialog({ onClose, onInsert }: { onClose: () => void; onInsert: (panel: Panel) => void }) {
  const [type, setType] = useState<PanelType>('chart');
  const [title, setTitle] = useState('');
  const [pinned, setPinned] = useState(false);
  const [ids, setIds] = useState('');
  const [query, setQuery] = useState({ experiments: '', filter: '', order: '', limit: '10' });
  const [draft, setDraft] = useState<PanelDraft>({});
  const [wrong, setWrong] = useState<unknown>(null);
  const source = pinned ? pinnedSource(ids) : querySource(query);
  const asked = useDeferredValue(JSON.stringify(source));
  const runs = useQuery({ ...comparedRuns(JSON.parse(asked) as RunSource), enabled: source !== null && asked !== 'null' && type !== 'note' });
  const experiments = useQuery(recentExperiments(100));
  const fields = runs.data ? fieldsOf(runs.data) : { params: [], metrics: [], tags: [] };

  function insert(): void {
    try {
      onInsert(parsePanel(JSON.stringify({ type, title: title.trim() || undefined, ...(type === 'note' ? {} : { source }), ...draft })));
    } catch (problem) {
      setWrong(problem);
    }
  }

  return (
    <Dialog
      wide
      title="Insert a panel"
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button look="primary" onClick={insert}>
            Insert
          </Button>
        </>
      }
    >
      <div className="panel-dialog">
        <label className="field">
          <span>What it shows</span>
          <select
            className="input"
            value={type}
            onChange={(event) => {
              setType(event.target.value as PanelType);
              setDraft({});
              setWrong(null);
            }}
          >
            {Object.entries(panelTypes).map(([name, words]) => (
              <option key={name} value={name}>
                {words}
              </option>
            ))}
          </select>
        </label>
        <Field label="Title" value={title} onChange={(event) => setTitle(event.target.value)} />
        {type !== 'note' && (
          <label className="field">
            <span>Of which runs</span>
            <select className="input" value={pinned ? 'runs' : 'query'} onChange={(event) => setPinned(event.target.value === 'runs')}>
              <option value="query">those that a query finds, now and later</option>
              <option value="runs">certain runs, pinned</option>
            </select>
          </label>
        )}
        {type !== 'note' && pinned && (
          <div className="whole">
            <TextField label="Ids of runs" rows={3} hint="Any text with ids in it: a list, or the address of a comparison." value={ids} onChange={(event) => setIds(event.target.value)} />
          </div>
        )}
        {type !== 'note' && !pinned && (
          <>
            <Field label="Experiments" list="panel-experiments" hint="Ids with commas." value={query.experiments} onChange={(event) => setQuery({ ...query, experiments: event.target.value })} />
            <datalist id="panel-experiments">
              {(experiments.data ?? []).map((one) => (
                <option key={one.experiment_id} value={one.experiment_id}>
                  {one.name}
                </option>
              ))}
            </datalist>
            <Field label="Filter" hint="For example metrics.loss < 0.5" value={query.filter} onChange={(event) => setQuery({ ...query, filter: event.target.value })} />
            <Field label="Order" hint="For example metrics.loss ASC" value={query.order} onChange={(event) => setQuery({ ...query, order: event.target.value })} />
            <Field label="At most" type="number" min={1} max={100} value={query.limit} onChange={(event) => setQuery({ ...query, limit: event.target.value })} />
          </>
        )}
      </div>
      {type !== 'note' && (
        <p className="muted" role="status">
          {source === null ? 'Say which runs, and their metrics and params can be chosen from.' : runs.error ? runs.error.message : runs.data ? `${runs.data.length} runs now.` : 'Looking...'}
        </p>
      )}
      <PanelFields type={type} draft={draft} fields={fields} name={fieldName} onChange={(change) => setDraft((before) => ({ ...before, ...change }))} />
      {wrong !== null && <Failed problem={wrong} />}
    </Dialog>
  );
}

function pinnedSource(text: string): RunSource | null {
  const runs = [...new Set(text.match(/[0-9a-f]{32}/gi) ?? [])].map((id) => id.toLowerCase());
  return runs.length === 0 ? null : { runs };
}

function querySource({ experiments, filter, order, limit }: { experiments: string; filter: string; order: string; limit: string }): RunSource | null {
  const ids = experiments.split(/[\s,]+/).filter((id) => id !== '');
  return ids.length === 0 ? null : { experiments: ids, filter: filter.trim() || undefined, order: order.trim() || undefined, limit: Math.min(100, Math.max(1, Math.round(Number(limit)) || 10)) };
}
