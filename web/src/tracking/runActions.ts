import { post, postForBytes, type Wire } from '../api/client';
import type { Column } from './columns';
import { literal } from './experiments';
import { asked } from './runQueries';
import type { RunsView } from './runsView';

/** Runs that the server edits in one request. */
const editMax = 1_000;

/** Runs that a filter can name. */
export const namedMax = 2_000;

/** Runs that the compare page takes. */
export const compareMax = 100;

export interface Edit {
  set_tags?: readonly Wire['RunTag'][];
  delete_tags?: readonly string[];
  lifecycle?: 'delete' | 'restore';
}

export interface Edited {
  edited: number;
  refused: readonly Wire['RefusedRun'][];
}

/** The same change for any number of runs. */
export async function editRuns(ids: readonly string[], edit: Edit): Promise<Edited> {
  let edited = 0;
  const refused: Wire['RefusedRun'][] = [];
  for (let at = 0; at < ids.length; at += editMax) {
    const answer = await post('/api/slipway/v1/runs/edit', { run_ids: ids.slice(at, at + editMax), set_tags: [...(edit.set_tags ?? [])], delete_tags: [...(edit.delete_tags ?? [])], lifecycle: edit.lifecycle });
    edited += answer.edited ?? 0;
    refused.push(...(answer.refused ?? []));
  }
  return { edited, refused };
}

/** Saves runs as a file of comma separated values: those of a view, or some of them. */
export async function downloadCsv(experiments: readonly string[], view: RunsView, columns: readonly Column[], only: readonly string[] | null, name: string): Promise<void> {
  const view2 = only === null ? view : { ...view, filter: `attributes.run_id IN (${only.map(literal).join(', ')})`, name: '', statuses: [] };
  const fields = columns.map((of) => of.field).filter((field) => field !== 'attributes.run_id');
  const table = await postForBytes('/api/slipway/v1/runs/export', { ...asked(experiments, view2), columns: ['attributes.run_id', ...fields] });
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([table], { type: 'text/csv' }));
  link.download = `${name.replace(/[^\w.-]+/g, '-').slice(0, 80) || 'runs'}.csv`;
  link.click();
  // The browser has begun to save by then.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
