import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useMay } from '../app/me';
import { Button } from '../ui/Button';
import { count } from '../ui/format';
import { Icon } from '../ui/Icon';
import { toast, toastProblem } from '../ui/Toasts';
import type { Column } from './columns';
import { compareMax, downloadCsv, editRuns, namedMax, type Edit } from './runActions';
import type { RunsView } from './runsView';
import { TagsDialog } from './TagsDialog';
import './BulkBar.css';

interface Props {
  experiments: readonly string[];
  view: RunsView;
  columns: readonly Column[];
  selected: ReadonlySet<string>;
  /** How many of them the table does not show now. */
  hidden: number;
  /** Every run of the view is selected. */
  all: boolean;
  /** The selected runs changed. */
  changed: (ids: readonly string[]) => void;
  clear: () => void;
  baseline: (id: string) => void;
}

/** What can be done with the selected runs. */
export function BulkBar({ experiments, view, columns, selected, hidden, all, changed, clear, baseline }: Props) {
  const [tagging, setTagging] = useState(false);
  const navigate = useNavigate();
  const queries = useQueryClient();
  const may = useMay()('WriteExperiments');
  const ids = [...selected];
  const some = `${count(ids.length)} ${ids.length === 1 ? 'run' : 'runs'}`;

  const edit = useMutation({
    mutationFn: ({ ids: which, edit: what }: { ids: readonly string[]; edit: Edit; done: string; undo?: Edit }) => editRuns(which, what),
    onSuccess: async ({ edited, refused }, { ids: which, done, undo }) => {
      changed(which);
      await queries.invalidateQueries({ queryKey: ['runs'] });
      if (refused.length > 0) toastProblem(new Error(`${count(refused.length)} of ${count(which.length)} runs were left as they are. ${refused[0]!.message}`));
      const ok = refused.length === 0 ? which : which.filter((id) => !refused.some((one) => one.run_id === id));
      if (edited > 0) toast(`${count(edited)} ${edited === 1 ? 'run is' : 'runs are'} ${done}.`, undo && { label: 'Undo', run: () => edit.mutate({ ids: ok, edit: undo, done: undo.lifecycle === 'restore' ? 'back' : 'deleted' }) });
    },
  });
  const saving = useMutation({ mutationFn: () => downloadCsv(experiments, view, columns, all ? null : ids, `runs-${experiments.join('-')}`) });

  return (
    <div className="bulk-bar" role="toolbar" aria-label="Selected runs">
      <strong aria-live="polite">
        {some} selected{hidden > 0 && `, ${count(hidden)} of them not shown`}
      </strong>
      <Button
        look="primary"
        disabled={ids.length < 2 || ids.length > compareMax}
        title={ids.length < 2 ? 'Select another run to compare with' : ids.length > compareMax ? `At most ${compareMax} runs can be compared` : undefined}
        onClick={() => void navigate({ href: `/compare?runs=${ids.join(',')}` })}
      >
        <Icon name="chart" /> Compare
      </Button>
      {ids.length === 1 && (
        <Button onClick={() => baseline(ids[0]!)}>
          <Icon name="pin" /> Use as baseline
        </Button>
      )}
      {may && (
        <>
          {!view.deleted && (
            <Button onClick={() => setTagging(true)}>
              <Icon name="edit" /> Tag
            </Button>
          )}
          {view.deleted ? (
            <Button disabled={edit.isPending} onClick={() => edit.mutate({ ids, edit: { lifecycle: 'restore' }, done: 'back', undo: { lifecycle: 'delete' } }, { onSuccess: clear })}>
              Bring back
            </Button>
          ) : (
            <Button look="danger" disabled={edit.isPending} onClick={() => edit.mutate({ ids, edit: { lifecycle: 'delete' }, done: 'deleted', undo: { lifecycle: 'restore' } }, { onSuccess: clear })}>
              <Icon name="trash" /> Delete
            </Button>
          )}
        </>
      )}
      <Button disabled={saving.isPending || (!all && ids.length > namedMax)} title={!all && ids.length > namedMax ? `Select all, or at most ${count(namedMax)}` : undefined} onClick={() => saving.mutate()}>
        <Icon name="download" /> CSV
      </Button>
      <Button look="plain" onClick={clear}>
        Select none
      </Button>
      {tagging && (
        <TagsDialog
          title={`Tag ${some}`}
          tags={[]}
          hint="A tag that a run has already gets the new value."
          onClose={() => setTagging(false)}
          save={(set) => edit.mutateAsync({ ids, edit: { set_tags: set }, done: 'tagged' })}
          saved={() => undefined}
        />
      )}
    </div>
  );
}
