import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { useMay } from '../app/me';
import { sideBySideLines } from '../compare/lineDiff';
import { Button } from '../ui/Button';
import { CodeBlock } from '../ui/CodeBlock';
import { EditableText } from '../ui/EditableText';
import { Icon } from '../ui/Icon';
import { Menu } from '../ui/Menu';
import { Empty, Failed, Loading } from '../ui/States';
import { copy, Time } from '../ui/Value';
import { NewPrompt, saveDescription } from './ModelDialogs';
import { LeaveDialog, MoveDialog } from './MoveDialog';
import { askedEvery, modelKey, versionsPage, type Model, type Version } from './models';
import { parts, textOf, variables } from './prompt';
import { SlotName } from './SlotChip';
import { TagsCard } from './TagsCard';
import './prompt.css';

/** One prompt: its versions, the text of one, and what changed between two. */
export function PromptView({ model }: { model: Model }) {
  const name = model.name ?? '';
  const { version, against } = useSearch({ from: '/models/$name' });
  const navigate = useNavigate({ from: '/models/$name' });
  const queries = useQueryClient();
  const may = useMay()('WriteModels');
  const [dialog, setDialog] = useState<'new' | 'move' | { leave: string } | null>(null);
  const pages = useInfiniteQuery({
    queryKey: [...modelKey(name), 'versions', ''],
    queryFn: ({ pageParam, signal }) => versionsPage(name, undefined, pageParam, signal, true),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next,
    refetchInterval: askedEvery,
  });
  const refresh = () => queries.invalidateQueries({ queryKey: modelKey(name) });
  if (pages.error && !pages.data) return <Failed problem={pages.error} retry={() => void pages.refetch()} />;
  if (!pages.data) return <Loading lines={6} />;
  const versions = pages.data.pages.flatMap((page) => page.versions);
  const shown = versions.find((one) => one.version === version) ?? versions[0];
  const other = versions.find((one) => one.version === against);
  const show = (change: { version?: string | undefined; against?: string | undefined }) => void navigate({ search: (before) => ({ ...before, ...change }), resetScroll: false });
  return (
    <div className="prompt">
      <section className="card prompt-versions" aria-label="Versions">
        <div className="row between">
          <h2>Versions</h2>
          {may && (
            <Button onClick={() => setDialog('new')}>
              <Icon name="plus" /> New
            </Button>
          )}
        </div>
        <ol role="list">
          {versions.map((one) => (
            <li key={one.version}>
              <button type="button" className="prompt-choice" aria-pressed={one === shown} onClick={() => show({ version: one === versions[0] ? undefined : one.version, against: one.version === against ? undefined : against })}>
                <span className="row">
                  <strong>v{one.version}</strong>
                  {(one.aliases ?? []).map((alias) => (
                    <SlotName key={alias} slot={{ kind: 'alias', name: alias }} />
                  ))}
                </span>
                <span className="registry-sub">
                  <Time at={one.creation_timestamp} />
                  {one.description && `: ${one.description.split('\n')[0]}`}
                </span>
              </button>
            </li>
          ))}
        </ol>
        {pages.hasNextPage && (
          <Button onClick={() => void pages.fetchNextPage()} disabled={pages.isFetchingNextPage}>
            Older versions
          </Button>
        )}
      </section>
      <div className="stack">
        {shown === undefined ? (
          <Empty title="No version yet" />
        ) : (
          <section className="card stack" aria-label={`Version ${shown.version}`}>
            <div className="row between">
              <h2>Version {shown.version}</h2>
              <span className="row">
                <label className="registry-check">
                  Compare with
                  <select className="input" value={other?.version ?? ''} onChange={(event) => show({ against: event.target.value || undefined })}>
                    <option value="">nothing</option>
                    {versions
                      .filter((one) => one !== shown)
                      .map((one) => (
                        <option key={one.version} value={one.version}>
                          v{one.version}
                        </option>
                      ))}
                  </select>
                </label>
                <Button onClick={() => void copy(textOf(shown))}>
                  <Icon name="copy" /> Copy
                </Button>
                {may && (
                  <Menu
                    square
                    title={`Actions for version ${shown.version}`}
                    label={<Icon name="more" />}
                    items={[
                      { label: 'Set an alias', onSelect: () => setDialog('move') },
                      ...(shown.aliases ?? []).map((alias) => ({ label: `Remove @${alias}`, danger: true, onSelect: () => setDialog({ leave: alias }) })),
                      { label: 'New version from this one', onSelect: () => setDialog('new') },
                    ]}
                  />
                )}
              </span>
            </div>
            {other ? <Difference of={shown} from={other} /> : <Text of={shown} />}
            <Variables of={shown} />
            <CodeBlock text={`import mlflow\nprompt = mlflow.genai.load_prompt(${JSON.stringify(`prompts:/${name}/${shown.version}`)})`} label="Load this version" />
          </section>
        )}
        <EditableText title="Description" text={model.description ?? null} empty="Nothing is written about this prompt." may={may} max={5000} save={(text) => saveDescription(name, text)} saved={refresh} />
        <TagsCard name={name} tags={model.tags} may={may} />
      </div>
      {dialog === 'new' && <NewPrompt of={name} text={shown === undefined ? '' : textOf(shown)} onClose={() => setDialog(null)} done={() => (show({ version: undefined }), refresh())} />}
      {dialog === 'move' && shown && <MoveDialog model={model} version={shown.version} onClose={() => setDialog(null)} onlyAliases />}
      {dialog !== null && typeof dialog === 'object' && shown && <LeaveDialog model={model} version={shown.version ?? ''} slot={{ kind: 'alias', name: dialog.leave }} onClose={() => setDialog(null)} />}
    </div>
  );
}

function Text({ of }: { of: Version }) {
  return (
    <pre className="prompt-text" tabIndex={0} aria-label={`Text of version ${of.version}`}>
      {parts(textOf(of)).map((part, index) => (part.variable ? <mark key={index}>{part.text}</mark> : part.text))}
    </pre>
  );
}

function Variables({ of }: { of: Version }) {
  const all = variables(textOf(of));
  return (
    <p className="row registry-small">
      <span className="muted">{all.length === 0 ? 'No variables.' : 'Variables:'}</span>
      {all.map((one) => (
        <code key={one} className="pill">
          {one}
        </code>
      ))}
    </p>
  );
}

function Difference({ of, from }: { of: Version; from: Version }) {
  const lines = sideBySideLines(textOf(from), textOf(of));
  return (
    <div className="prompt-difference" tabIndex={0} role="group" aria-label={`What changed from version ${from.version} to ${of.version}`}>
      <table>
        <thead>
          <tr>
            <th scope="col">v{from.version}</th>
            <th scope="col">v{of.version}</th>
          </tr>
        </thead>
        <tbody>
          {lines.slice(0, 5000).map((line, index) => (
            <tr key={index}>
              <td className={line.same ? undefined : line.left === null ? 'none' : 'removed'}>{line.left}</td>
              <td className={line.same ? undefined : line.right === null ? 'none' : 'added'}>{line.right}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
