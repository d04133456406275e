import { queryOptions } from '@tanstack/react-query';
import { address, send, workspace } from '../api/client';
import { modelKey } from '../registry/models';
import { isTabular, type Input, type Json } from './signature';

/** What a form of a model begins with: one text a column and row, or one JSON text a tensor. */
export interface Example {
  rows: string[][];
  tensors: string[];
}

/** As much of an example as a form shows. */
const rowsMax = 20;
const bytesMax = 256 * 1024;

/** The input example that was saved beside a model, as it stands in its file; null where it cannot be read. */
export function exampleQuery(name: string, version: string, path: string | undefined) {
  return queryOptions({
    queryKey: [...modelKey(name), 'example', version, path],
    queryFn: async ({ signal }): Promise<Json> => {
      const response = await send(address('/model-versions/get-artifact', undefined, { name, version, path, workspace: workspace() }), { signal });
      const text = await response.text();
      if (text.length > bytesMax) return null;
      try {
        return JSON.parse(text) as Json;
      } catch {
        return null;
      }
    },
    enabled: path !== undefined && path !== '' && version !== '',
    staleTime: Infinity,
    retry: false,
  });
}

/** An input example in the forms that MLflow writes: columns and data, records, one list for each input, or bare values. Null where it fits no form. */
export function exampleOf(json: Json, inputs: readonly Input[]): Example | null {
  return isTabular(inputs) ? tableOf(json, inputs) : tensorsOf(json, inputs);
}

function tableOf(json: Json, inputs: readonly Input[]): Example | null {
  const names = inputs.map(({ name = '' }) => name);
  const records = recordsOf(json, names);
  if (records === null || records.length === 0) return null;
  return { rows: records.slice(0, rowsMax).map((record) => names.map((name) => textOf(record[name]))), tensors: [] };
}

function recordsOf(json: Json, names: readonly string[]): Record<string, Json>[] | null {
  if (Array.isArray(json)) {
    if (json.every(isRecord)) return json;
    const rows = json.every(Array.isArray) ? (json as Json[][]) : [json];
    return rows.map((row) => Object.fromEntries(names.map((name, at) => [name, row[at] ?? null])));
  }
  if (!isRecord(json)) return null;
  const split = isRecord(json.dataframe_split) ? json.dataframe_split : json;
  if (Array.isArray(split.columns) && Array.isArray(split.data)) {
    const columns = split.columns.map(String);
    return split.data.map((row) => Object.fromEntries(columns.map((column, at) => [column, Array.isArray(row) ? (row[at] ?? null) : row])));
  }
  for (const form of ['dataframe_records', 'inputs', 'instances'] as const) if (json[form] !== undefined) return recordsOf(json[form], names);
  const lists = names.map((name) => json[name]);
  if (lists.every((list): list is Json[] => Array.isArray(list))) return lists[0]!.map((_, at) => Object.fromEntries(names.map((name, column) => [name, lists[column]![at] ?? null])));
  return [json];
}

function tensorsOf(json: Json, inputs: readonly Input[]): Example | null {
  const bare = isRecord(json) ? (json.inputs ?? json.instances ?? json) : json;
  const values = isRecord(bare) ? inputs.map(({ name = '' }) => bare[name]) : [bare];
  if (values.length !== inputs.length || values.some((value) => value === undefined)) return null;
  return { rows: [], tensors: values.map((value) => JSON.stringify(value)) };
}

function isRecord(value: Json | undefined): value is { [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function textOf(value: Json | undefined): string {
  return value === null || value === undefined ? '' : typeof value === 'object' ? JSON.stringify(value) : String(value);
}
