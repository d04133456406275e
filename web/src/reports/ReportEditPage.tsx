import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate, useParams } from '@tanstack/react-router';
import { useDeferredValue, useEffect, useRef, useState } from 'react';
import { patch, Problem } from '../api/client';
import { comparedRuns } from '../compare/runs';
import { Button } from '../ui/Button';
import { Icon } from '../ui/Icon';
import { Empty, Failed, Shown } from '../ui/States';
import { toast } from '../ui/Toasts';
import { Time } from '../ui/Value';
import { Conflict } from './Conflict';
import { dropDraft, keepDraft, readDraft, type Draft } from './drafts';
import { Editor, type EditorHandle } from './Editor';
import { PanelDialog } from './PanelDialog';
import { blockOf, sourcesOf } from './panels';
import { ReportBody } from './ReportBody';
import { reportQuery, type Report } from './reports';
import './report.css';

/** A report being written: text on one side, what it will look like on the other. */
export function ReportEditPage() {
  const { id } = useParams({ from: '/reports/$id/edit' });
  // Read once: what others save meanwhile must not change what is under somebody's hands. It is met as a conflict at the end.
  const report = useQuery({ ...reportQuery(id), queryKey: ['report', id, 'to edit'], staleTime: Infinity, gcTime: 0, refetchOnWindowFocus: false, refetchOnReconnect: false });
  return (
    <div className="page full">
      <Shown of={report}>
        {(found) =>
          found.may_change ? (
            <Write report={found} />
          ) : (
            <Empty title="You may not change this report">
              <p>Its author may, and whoever may write to all of its experiments.</p>
              <Link className="button" to="/reports/$id" params={{ id }}>
                Read it
              </Link>
            </Empty>
          )
        }
      </Shown>
    </div>
  );
}

function Write({ report }: { report: Report }) {
  const id = report.id ?? '';
  const navigate = useNavigate();
  const queries = useQueryClient();
  const [title, setTitle] = useState(report.title ?? '');
  const [text, setText] = useState(report.text ?? '');
  const [base, setBase] = useState(report.version ?? 1);
  const [draft, setDraft] = useState<Draft | null>(() => differing(readDraft(id), report));
  const [inserting, setInserting] = useState(false);
  const [conflict, setConflict] = useState<Report | null>(null);
  const [unkept, setUnkept] = useState(false);
  const editor = useRef<EditorHandle>(null);
  const shown = useDeferredValue(text);
  const changed = title !== report.title || text !== report.text;

  useEffect(() => {
    if (!changed || draft !== null) return;
    const timer = setTimeout(() => setUnkept(!keepDraft(id, { title, text, version: base, at: Date.now() })), 500);
    return () => clearTimeout(timer);
  }, [id, title, text, base, changed, draft]);

  const saving = useMutation({
    mutationFn: async (version: number) => patch('/api/slipway/v1/reports/{id}', { version, title: title.trim(), text, experiment_ids: await experimentsOf(text) }, { path: { id } as never }),
    meta: { silent: true },
    onSuccess: async (saved) => {
      dropDraft(id);
      toast(`Saved as version ${saved.version}.`);
      await Promise.all([queries.invalidateQueries({ queryKey: ['report', id] }), queries.invalidateQueries({ queryKey: ['reports'] })]);
      await navigate({ to: '/reports/$id', params: { id } });
    },
    onError: async (problem) => {
      if (problem instanceof Problem && problem.status === 409) setConflict(await queries.fetchQuery({ ...reportQuery(id), staleTime: 0 }));
    },
  });

  /** Whose runs the panels draw on: whoever may read all of those may read the report. */
  async function experimentsOf(markdown: string): Promise<string[]> {
    const found = new Set<string>();
    for (const source of sourcesOf(markdown)) {
      if ('experiments' in source) source.experiments.forEach((one) => one !== '*' && found.add(one));
      else (await queries.fetchQuery(comparedRuns(source))).forEach((run) => found.add(run.experiment));
    }
    return [...found].slice(0, 100);
  }

  function take(from: { title: string; text: string }): void {
    setTitle(from.title);
    editor.current?.replace(from.text);
  }

  return (
    <>
      <header className="page-head">
        <div className="report-title">
          <label className="visually-hidden" htmlFor="report-title">
            Title
          </label>
          <input id="report-title" className="input" maxLength={250} value={title} onChange={(event) => setTitle(event.target.value)} />
        </div>
        <span className="row">
          <span className="muted" role="status">
            {unkept ? 'This browser keeps no draft: save soon.' : changed ? 'Not saved; a draft is kept in this browser.' : `Version ${base}`}
          </span>
          <Button onClick={() => setInserting(true)}>
            <Icon name="plus" /> Panel
          </Button>
          <Link className="button" to="/reports/$id" params={{ id }}>
            Close
          </Link>
          <Button look="primary" disabled={!changed || title.trim() === '' || saving.isPending} onClick={() => saving.mutate(base)}>
            Save
          </Button>
        </span>
      </header>
      {saving.error && !(saving.error instanceof Problem && saving.error.status === 409) && <Failed problem={saving.error} />}
      {draft && (
        <div className="report-notice" role="status">
          <span>
            This browser has a draft of yours that was not saved, from <Time at={draft.at} />
            {draft.version !== report.version && `, over version ${draft.version}`}.
          </span>
          <Button
            look="primary"
            onClick={() => {
              take(draft);
              setBase(draft.version);
              setDraft(null);
            }}
          >
            Go on with it
          </Button>
          <Button
            onClick={() => {
              dropDraft(id);
              setDraft(null);
            }}
          >
            Throw it away
          </Button>
        </div>
      )}
      <div className="report-sides">
        <Editor label="Text of the report in Markdown" text={text} onChange={setText} onSave={() => changed && saving.mutate(base)} onReady={(handle) => (editor.current = handle)} />
        <section className="report-preview" aria-label="Preview">
          {shown.trim() === '' ? (
            <Empty title="Write on the left">
              <p>Markdown, and panels of runs between it: a chart, a table, images. Press Panel to put one in.</p>
            </Empty>
          ) : (
            <ReportBody text={shown} />
          )}
        </section>
      </div>
      {inserting && (
        <PanelDialog
          onClose={() => setInserting(false)}
          onInsert={(panel) => {
            setInserting(false);
            editor.current?.insert(blockOf(panel));
          }}
        />
      )}
      {conflict && (
        <Conflict
          mine={{ title, text }}
          theirs={conflict}
          onClose={() => setConflict(null)}
          onMine={() => {
            setConflict(null);
            saving.mutate(conflict.version ?? base);
          }}
          onTheirs={() => {
            take({ title: conflict.title ?? '', text: conflict.text ?? '' });
            setBase(conflict.version ?? base);
            setConflict(null);
          }}
          onBoth={() => {
            editor.current?.replace(`${text}\n\n---\n\n**Version ${conflict.version} of ${conflict.changed_by}, to be brought together with the above:**\n\n${conflict.text}`);
            setBase(conflict.version ?? base);
            setConflict(null);
          }}
        />
      )}
    </>
  );
}

function differing(draft: Draft | null, report: Report): Draft | null {
  return draft !== null && (draft.text !== report.text || draft.title !== report.title) ? draft : null;
}
