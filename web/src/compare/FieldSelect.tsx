import { fieldName, type FieldRef } from './fields';

interface Props {
  label: string;
  fields: { params: readonly FieldRef[]; metrics: readonly FieldRef[] };
  value: FieldRef | undefined;
  /** The words for no field; without them one must be chosen. */
  none?: string;
  onChoose: (ref: FieldRef | undefined) => void;
}

/** A choice of one field of runs. */
export function FieldSelect({ label, fields, value, none, onChoose }: Props) {
  return (
    <label className="compare-tool">
      {label}
      <select className="input" value={value ?? ''} onChange={(event) => onChoose(event.target.value || undefined)}>
        {none !== undefined && <option value="">{none}</option>}
        <optgroup label="Metrics, last value">
          {fields.metrics.map((ref) => (
            <option key={ref} value={ref}>
              {fieldName(ref)}
            </option>
          ))}
        </optgroup>
        <optgroup label="Params">
          {fields.params.map((ref) => (
            <option key={ref} value={ref}>
              {fieldName(ref)}
            </option>
          ))}
        </optgroup>
        <optgroup label="Run">
          <option value="attributes.duration">duration</option>
          <option value="attributes.start_time">start time</option>
        </optgroup>
      </select>
    </label>
  );
}
