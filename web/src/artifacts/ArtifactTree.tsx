import { useQueries, useQueryClient } from '@tanstack/react-query';
import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useMemo, useRef, useState, type KeyboardEvent } from 'react';
import { Button } from '../ui/Button';
import { bytes, count } from '../ui/format';
import { Icon } from '../ui/Icon';
import { Empty, Failed, Loading } from '../ui/States';
import { baseName, folderQuery, type Entry } from './files';

/** A line of the tree. */
type Line = { kind: 'entry'; entry: Entry; depth: number; open: boolean } | { kind: 'more' | 'loading' | 'empty'; folder: string; depth: number } | { kind: 'failed'; folder: string; depth: number; problem: unknown };

/** The folders above a path, from the top. */
function foldersOf(path: string | undefined): string[] {
  const parts = (path ?? '').split('/').slice(0, -1);
  return parts.map((_, index) => parts.slice(0, index + 1).join('/'));
}

/** Folders and files; what is in a folder is asked for when it is opened, ten thousand names at a time. */
export function ArtifactTree({ run, chosen, choose }: { run: string; chosen: string | undefined; choose: (path: string) => void }) {
  const queries = useQueryClient();
  const [pages, setPages] = useState<ReadonlyMap<string, number>>(() => new Map(['', ...foldersOf(chosen)].map((folder) => [folder, 1])));
  const [filter, setFilter] = useState('');
  const [at, setAt] = useState(0);
  const host = useRef<HTMLDivElement>(null);
  const folders = [...pages.keys()];
  const answers = useQueries({ queries: folders.map((folder) => folderQuery(queries, run, folder, pages.get(folder)!)) });
  const found = new Map(folders.map((folder, index) => [folder, answers[index]!]));
  const version = answers.map((answer) => `${answer.dataUpdatedAt} ${answer.status} ${answer.isPlaceholderData}`).join();

  const lines = useMemo(() => {
    const made: Line[] = [];
    const text = filter.trim().toLowerCase();
    const add = (folder: string, depth: number) => {
      const answer = found.get(folder);
      if (!answer) return;
      if (answer.data) {
        const sorted = [...answer.data.files].sort((a, b) => Number(b.isFolder) - Number(a.isFolder));
        for (const entry of sorted) {
          const open = entry.isFolder && pages.has(entry.path);
          if (entry.isFolder || text === '' || entry.path.toLowerCase().includes(text)) made.push({ kind: 'entry', entry, depth, open });
          if (open) add(entry.path, depth + 1);
        }
        if (answer.data.more) made.push({ kind: 'more', folder, depth });
        if (sorted.length === 0 && folder !== '') made.push({ kind: 'empty', folder, depth });
      } else if (answer.error) {
        made.push({ kind: 'failed', folder, depth, problem: answer.error });
      } else {
        made.push({ kind: 'loading', folder, depth });
      }
    };
    add('', 0);
    return made;
    // What the folders hold is told apart by when it came.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [version, pages, filter]);

  const rows = useVirtualizer({ count: lines.length, getScrollElement: () => host.current, estimateSize: () => 30, overscan: 15 });
  useEffect(() => {
    if (chosen === undefined) return;
    setPages((before) => (foldersOf(chosen).every((folder) => before.has(folder)) ? before : new Map([...before, ...foldersOf(chosen).filter((folder) => !before.has(folder)).map((folder): [string, number] => [folder, 1])])));
  }, [chosen]);

  // Where an address leads is seen, once it is there.
  const sought = useRef<string | undefined>(undefined);
  useEffect(() => {
    if (chosen === undefined || sought.current === chosen) return;
    const index = lines.findIndex((line) => line.kind === 'entry' && line.entry.path === chosen);
    if (index < 0) return;
    sought.current = chosen;
    setAt(index);
    rows.scrollToIndex(index, { align: 'auto' });
  }, [chosen, lines, rows]);

  const root = found.get('');
  if (root?.error && !root.data) return <Failed problem={root.error} retry={() => void root.refetch()} />;
  if (!root?.data) return <Loading lines={6} />;
  if (root.data.files.length === 0)
    return (
      <Empty title="No files">
        <p>
          <code>log_artifact</code> and <code>log_model</code> put files here.
        </p>
      </Empty>
    );

  const flip = (folder: string) => setPages((before) => (before.has(folder) ? new Map([...before].filter(([one]) => one !== folder && !one.startsWith(`${folder}/`))) : new Map([...before, [folder, 1]])));
  const act = (line: Line) => {
    if (line.kind === 'entry') {
      if (line.entry.isFolder) flip(line.entry.path);
      else choose(line.entry.path);
    } else if (line.kind === 'more') {
      setPages((before) => new Map([...before, [line.folder, before.get(line.folder)! + 1]]));
    } else if (line.kind === 'failed') {
      void found.get(line.folder)?.refetch();
    }
  };
  const go = (to: number) => {
    const next = Math.max(0, Math.min(lines.length - 1, to));
    setAt(next);
    rows.scrollToIndex(next);
  };
  const key = (event: KeyboardEvent) => {
    const line = lines[at];
    if (!line) return;
    const steps: Record<string, () => void> = {
      ArrowDown: () => go(at + 1),
      ArrowUp: () => go(at - 1),
      Home: () => go(0),
      End: () => go(lines.length - 1),
      PageDown: () => go(at + 15),
      PageUp: () => go(at - 15),
      Enter: () => act(line),
      ' ': () => act(line),
      ArrowRight: () => (line.kind === 'entry' && line.entry.isFolder && !line.open ? flip(line.entry.path) : go(at + 1)),
      ArrowLeft: () => {
        if (line.kind === 'entry' && line.open) flip(line.entry.path);
        else go(lines.findLastIndex((one, index) => index < at && one.depth < line.depth));
      },
    };
    const step = steps[event.key];
    if (!step) return;
    event.preventDefault();
    step();
  };
  const named = (index: number) => `artifact-${index}`;
  return (
    <div className="artifact-tree card">
      <input className="input" type="search" aria-label="Find files" placeholder="Find in open folders" value={filter} onChange={(event) => setFilter(event.target.value)} />
      <div ref={host} className="artifact-lines" role="tree" aria-label="Artifacts" tabIndex={0} aria-activedescendant={named(at)} onKeyDown={key}>
        <div style={{ blockSize: rows.getTotalSize(), position: 'relative' }} role="presentation">
          {rows.getVirtualItems().map((item) => {
            const line = lines[item.index]!;
            const style = { transform: `translateY(${item.start}px)`, paddingInlineStart: `${0.5 + line.depth * 1.1}rem` };
            const here = item.index === at ? ' artifact-here' : '';
            const common = { id: named(item.index), role: 'treeitem', 'aria-level': line.depth + 1, style, onClick: () => (setAt(item.index), act(line)) } as const;
            if (line.kind === 'entry') {
              const { entry, open } = line;
              return (
                <div key={item.key} {...common} className={`artifact-line${here}`} aria-selected={entry.path === chosen} aria-expanded={entry.isFolder ? open : undefined} title={baseName(entry.path)}>
                  <Icon name={entry.isFolder ? (open ? 'down' : 'right') : 'file'} size={14} />
                  <span className="artifact-name">{baseName(entry.path)}</span>
                  {!entry.isFolder && <span className="artifact-size">{bytes(entry.size)}</span>}
                </div>
              );
            }
            return (
              <div key={item.key} {...common} className={`artifact-line artifact-other${here}`} aria-selected={false}>
                {line.kind === 'more' ? 'More files' : line.kind === 'empty' ? 'Nothing' : line.kind === 'failed' ? 'This did not work: try again' : 'Loading'}
              </div>
            );
          })}
        </div>
      </div>
      <p className="muted artifact-sum">
        {count(lines.filter((line) => line.kind === 'entry').length)} shown
        <Button look="plain" onClick={() => void queries.invalidateQueries({ queryKey: ['artifacts', run] })}>
          Ask anew
        </Button>
      </p>
    </div>
  );
}
