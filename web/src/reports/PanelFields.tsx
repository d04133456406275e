import type { FieldRef } from '../compare/fields';
import { KeysChoice } from '../compare/KeysChoice';
import { Field, TextField } from '../ui/Field';
import type { PanelType } from './panels';

/** What a panel has beside type, title and source, while it is being chosen. */
export type PanelDraft = Record<string, unknown>;

interface Props {
  type: PanelType;
  draft: PanelDraft;
  fields: { params: FieldRef[]; metrics: FieldRef[]; tags: FieldRef[] };
  name: (ref: FieldRef) => string;
  onChange: (change: PanelDraft) => void;
}

/** The choices of one type of panel. */
export function PanelFields({ type, draft, fields, name, onChange }: Props) {
  const all = [...fields.metrics, ...fields.params];
  const list = (key: string) => (Array.isArray(draft[key]) ? (draft[key] as string[]) : []);
  const text = (key: string) => (typeof draft[key] === 'string' || typeof draft[key] === 'number' ? String(draft[key]) : '');
  const select = (label: string, key: string, refs: readonly FieldRef[], none: string) => (
    <label className="field">
      <span>{label}</span>
      <select className="input" value={text(key)} onChange={(event) => onChange({ [key]: event.target.value || undefined })}>
        <option value="">{none}</option>
        {refs.map((ref) => (
          <option key={ref} value={ref}>
            {name(ref)}
          </option>
        ))}
      </select>
    </label>
  );
  switch (type) {
    case 'chart':
      return (
        <div className="panel-dialog">
          <div className="field">
            <span>Metrics</span>
            <KeysChoice label="Metrics" all={fields.metrics.map(name)} chosen={list('keys')} max={20} onChoose={(keys) => onChange({ keys })} />
          </div>
          <label className="field">
            <span>x</span>
            <select className="input" value={text('x') || 'step'} onChange={(event) => onChange({ x: event.target.value })}>
              <option value="step">Step</option>
              <option value="relative">Time since start</option>
              <option value="time">Time</option>
            </select>
          </label>
          <Field label="Smoothing" type="number" min={0} max={0.99} step={0.05} value={text('smooth') || '0'} onChange={(event) => onChange({ smooth: Number(event.target.value) || undefined })} />
          {select('Groups by', 'group', [...fields.params, ...fields.tags], 'none')}
          <label className="field">
            <span>y</span>
            <select className="input" value={draft.log === true ? 'log' : 'linear'} onChange={(event) => onChange({ log: event.target.value === 'log' || undefined })}>
              <option value="linear">linear</option>
              <option value="log">logarithmic</option>
            </select>
          </label>
        </div>
      );
    case 'table':
      return <KeysChoice label="Columns" all={[...all, 'attributes.duration', 'attributes.start_time']} chosen={list('columns')} max={30} name={name} onChoose={(columns) => onChange({ columns })} />;
    case 'parallel':
      return (
        <div className="panel-dialog">
          <div className="field">
            <span>Axes</span>
            <KeysChoice label="Axes" all={all} chosen={list('axes')} max={20} name={name} onChoose={(axes) => onChange({ axes })} />
          </div>
          {select('Colour', 'color', all, 'one for all')}
        </div>
      );
    case 'scatter':
      return (
        <div className="panel-dialog">
          {select('x', 'x', all, 'choose')}
          {select('y', 'y', all, 'choose')}
          {select('Colour', 'color', all, 'one for all')}
          {select('Size', 'size', all, 'one for all')}
        </div>
      );
    case 'images':
      return (
        <div className="panel-dialog">
          <Field label="Series" hint="The key of log_image; empty for the first." value={text('name')} onChange={(event) => onChange({ name: event.target.value || undefined })} />
          <Field label="Step" type="number" hint="Empty for the last." value={text('step')} onChange={(event) => onChange({ step: event.target.value === '' ? undefined : Number(event.target.value) })} />
        </div>
      );
    case 'histogram':
      return (
        <div className="panel-dialog">
          <label className="field">
            <span>Values of a metric</span>
            <select className="input" value={text('key')} onChange={(event) => onChange({ key: event.target.value || undefined, path: undefined })}>
              <option value="">none: histograms from files</option>
              {fields.metrics.map(name).map((key) => (
                <option key={key}>{key}</option>
              ))}
            </select>
          </label>
          {text('key') === '' && <Field label="Files" hint='What their names begin with, as "histograms/weights". Each is {"edges": [...], "counts": [...]}.' value={text('path')} onChange={(event) => onChange({ path: event.target.value || undefined })} />}
          <label className="field">
            <span>Drawn as</span>
            <select className="input" value={text('look') || 'heat'} onChange={(event) => onChange({ look: event.target.value })}>
              <option value="heat">cells</option>
              <option value="ridge">ridges</option>
            </select>
          </label>
        </div>
      );
    case 'media-table':
      return <Field label="File" hint="Of each run: JSON as log_table writes it, CSV or Parquet." value={text('path')} onChange={(event) => onChange({ path: event.target.value })} />;
    case 'embedding':
      return (
        <div className="panel-dialog">
          <Field label="File" hint="JSON, CSV or Parquet of the first run." value={text('path')} onChange={(event) => onChange({ path: event.target.value })} />
          <Field label="x" hint="A column. Without x and y, columns of these names, else principal components." value={text('x')} onChange={(event) => onChange({ x: event.target.value || undefined })} />
          <Field label="y" value={text('y')} onChange={(event) => onChange({ y: event.target.value || undefined })} />
          <Field label="Columns for principal components" hint="Names with commas; empty for all numbers." value={list('columns').join(', ')} onChange={(event) => onChange({ columns: columnsOf(event.target.value) })} />
          <Field label="Colour" hint="A column." value={text('color')} onChange={(event) => onChange({ color: event.target.value || undefined })} />
        </div>
      );
    case 'note':
      return <TextField label="Text" hint="Markdown" value={text('text')} onChange={(event) => onChange({ text: event.target.value })} />;
  }
}

function columnsOf(text: string): string[] | undefined {
  const names = text.split(',').map((one) => one.trimStart());
  return text.trim() === '' ? undefined : names;
}
