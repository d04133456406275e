import { lazy, Suspense, useEffect, useRef, useState, type ReactNode } from 'react';
import { Button } from '../ui/Button';
import { Icon } from '../ui/Icon';
import { Menu } from '../ui/Menu';
import { copy } from '../ui/Value';
import { fullTitle, type Column } from './columns';
import { wrongAt } from './filterLanguage';
import { recentFilters, rememberFilter } from './recentFilters';
import { SavedViews } from './SavedViews';
import { statuses, wholeFilter, type RunsSearch, type RunsView } from './runsView';
import { words } from './Status';
import './RunsToolbar.css';

const FilterEditor = lazy(() => import('./FilterEditor'));

interface Props {
  experiments: readonly string[];
  search: RunsSearch;
  view: RunsView;
  columns: readonly Column[];
  /** What the server said about the filter, if it refused it. */
  refused: string | null;
  /** The first rows are there: the editor is large, and they are not to wait for it. */
  ready: boolean;
  go: (change: Partial<RunsSearch>, replace?: boolean) => void;
  replace: (search: RunsSearch) => void;
  choose: () => void;
  download: () => void;
  /** Shows or hides the chart beside the table. */
  plot: () => void;
  plotted: boolean;
  /** How many there are and what is new. */
  state: ReactNode;
  /** Stands in the place of the quick filters while runs are selected. */
  bulk: ReactNode;
}

/** What chooses the runs and columns of a table. */
export function RunsToolbar({ experiments, search, view, columns, refused, ready, go, replace, choose, download, plot, plotted, state, bulk }: Props) {
  const said = refused === null ? null : wrongAt(refused);
  const problem = said && { text: said.text, at: said.at === null ? null : Math.max(0, said.at - wholeFilter(view).shift) };
  const recent = recentFilters();
  const waiting = <div className="input runs-toolbar-wait">{view.filter}</div>;

  function apply(filter: string): void {
    rememberFilter(filter);
    go({ filter: filter.trim() === '' ? undefined : filter });
  }

  return (
    <div className="runs-toolbar">
      <div className="runs-toolbar-line">
        <div className="runs-toolbar-filter">
          <Suspense fallback={waiting}>{ready ? <FilterEditor value={view.filter} experiments={experiments} problem={problem} apply={apply} /> : waiting}</Suspense>
          {view.filter !== '' && (
            <Button look="plain" square aria-label="Clear the filter" title="Clear the filter" onClick={() => go({ filter: undefined })}>
              <Icon name="close" />
            </Button>
          )}
          {recent.length > 0 && <Menu square title="Recent filters" label={<Icon name="clock" />} items={recent.map((one) => ({ label: <code className="runs-toolbar-recent">{one}</code>, onSelect: () => apply(one) }))} />}
        </div>
        <NameSearch name={view.name} find={(name) => go({ name: name === '' ? undefined : name }, true)} />
        <Button onClick={choose}>
          <Icon name="columns" /> Columns
        </Button>
        <Button square aria-label="Chart" title="Chart beside the table" aria-pressed={plotted} onClick={plot}>
          <Icon name="chart" />
        </Button>
        <SavedViews experiments={experiments} search={search} replace={replace} />
        <Menu
          square
          title="More for this table"
          label={<Icon name="more" />}
          items={[
            { label: 'Copy a link to this view', onSelect: () => void copy(location.href) },
            { label: 'Download as CSV', onSelect: download },
            { label: view.deleted ? 'Show what is not deleted' : 'Show deleted runs', onSelect: () => go({ deleted: view.deleted ? undefined : true }) },
            ...columns.filter((of) => of.kind === 'params').slice(0, 6).map((of) => ({ label: `Group by ${fullTitle(of)}`, onSelect: () => go({ group: of.field }) })),
            { label: 'Begin anew: no filter, the usual columns', onSelect: () => replace({}) },
          ]}
        />
      </div>
      {problem && (
        <p role="alert" className="runs-toolbar-problem">
          {problem.text}
        </p>
      )}
      {bulk || (
        <div className="runs-toolbar-line quick">
          <div className="row" role="group" aria-label="Quick filters">
            {statuses.map((one) => {
              const on = view.statuses.includes(one);
              return (
                <button
                  key={one}
                  type="button"
                  className="runs-toolbar-chip"
                  aria-pressed={on}
                  onClick={() => go({ status: (on ? view.statuses.filter((other) => other !== one) : [...view.statuses, one]).join(',') || undefined })}
                >
                  <span className={`runs-toolbar-dot ${one.toLowerCase()}`} /> {words[one]}
                </button>
              );
            })}
            {view.group && (
              <button type="button" className="runs-toolbar-chip" aria-pressed onClick={() => go({ group: undefined })} title="Do not group">
                Grouped by {fullTitle(view.group)} <Icon name="close" size={12} />
              </button>
            )}
            {view.baseline !== null && (
              <button type="button" className="runs-toolbar-chip" aria-pressed onClick={() => go({ base: undefined })} title="No baseline">
                <Icon name="pin" size={12} /> Differences to a baseline <Icon name="close" size={12} />
              </button>
            )}
            {view.deleted && (
              <button type="button" className="runs-toolbar-chip" aria-pressed onClick={() => go({ deleted: undefined })} title="Show what is not deleted">
                <Icon name="trash" size={12} /> Deleted runs <Icon name="close" size={12} />
              </button>
            )}
          </div>
          {state}
        </div>
      )}
    </div>
  );
}

/** Finds by name a moment after the last key. */
function NameSearch({ name, find }: { name: string; find: (name: string) => void }) {
  const [typed, setTyped] = useState<string | null>(null);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  return (
    <input
      className="input runs-toolbar-name"
      type="search"
      aria-label="Find by name"
      placeholder="Find by name"
      value={typed ?? name}
      onChange={(event) => {
        const text = event.target.value;
        setTyped(text);
        clearTimeout(timer.current);
        timer.current = setTimeout(() => {
          find(text);
          setTyped(null);
        }, 200);
      }}
    />
  );
}
