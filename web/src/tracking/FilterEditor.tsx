import { acceptCompletion, autocompletion, closeBrackets, closeCompletion, completionKeymap, completionStatus, moveCompletionSelection, selectedCompletionIndex, startCompletion, type Completion, type CompletionContext, type CompletionResult } from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap } from '@codemirror/commands';
import { HighlightStyle, StreamLanguage, syntaxHighlighting } from '@codemirror/language';
import { setDiagnostics } from '@codemirror/lint';
import { EditorState, Prec } from '@codemirror/state';
import { EditorView, keymap, placeholder as placeholderOf } from '@codemirror/view';
import { tags } from '@lezer/highlight';
import { useQueryClient, type QueryClient } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import { expectedAt, fields, functions, keywords, operators, wordAt } from './filterLanguage';
import { column, isNumber, readColumn } from './columns';
import { literal } from './experiments';
import { keysQuery, valuesQuery } from './runQueries';
import { statuses } from './runsView';
import './FilterEditor.css';

interface Props {
  value: string;
  /** Experiments whose keys are offered. */
  experiments?: readonly string[];
  /** Offers words of another filter than that of runs. */
  offer?: ((context: CompletionContext) => CompletionResult | null) | undefined;
  /** What is wrong with the value, and where in it. */
  problem?: { text: string; at: number | null } | null | undefined;
  apply: (filter: string) => void;
  label?: string;
  placeholder?: string;
}

/** One line of the filter language: coloured, completed, what is wrong underlined where it is wrong. Enter applies it. */
export default function FilterEditor({ value, experiments = [], offer, problem, apply, label = 'Filter', placeholder = 'Filter: metrics.loss < 0.5 AND params.model = \'tree\'' }: Props) {
  const host = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView>(undefined);
  const queries = useQueryClient();
  const latest = useRef({ apply, experiments, offer, queries });
  latest.current = { apply, experiments, offer, queries };

  useEffect(() => {
    const editor = new EditorView({
      parent: host.current!,
      state: EditorState.create({
        doc: value,
        extensions: [
          EditorView.cspNonce.of(document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content ?? ''),
          oneLine,
          history(),
          closeBrackets(),
          language,
          syntaxHighlighting(colours),
          placeholderOf(placeholder),
          EditorView.contentAttributes.of({ 'aria-label': label, 'aria-multiline': 'false', tabindex: '0', spellcheck: 'false', autocapitalize: 'off', autocorrect: 'off', enterkeyhint: 'search' }),
          autocompletion({ override: [(context) => (latest.current.offer ? latest.current.offer(context) : complete(context, latest.current.queries, latest.current.experiments))], icons: false, selectOnOpen: false, interactionDelay: 0 }),
          Prec.highest(
            keymap.of([
              {
                key: 'Tab',
                run: (target) => {
                  if (completionStatus(target.state) !== 'active') return false;
                  if ((selectedCompletionIndex(target.state) ?? -1) < 0) moveCompletionSelection(true)(target);
                  acceptCompletion(target);
                  return true;
                },
              },
              {
                key: 'Enter',
                run: (target) => {
                  // Enter takes a completion that was gone to; one that only offers itself does not keep a finished filter from being applied.
                  if ((selectedCompletionIndex(target.state) ?? -1) >= 0 && acceptCompletion(target)) return true;
                  closeCompletion(target);
                  latest.current.apply(target.state.doc.toString());
                  return true;
                },
              },
              { key: 'Mod-Enter', run: (target) => (latest.current.apply(target.state.doc.toString()), true) },
            ]),
          ),
          keymap.of([...completionKeymap, ...historyKeymap, ...defaultKeymap]),
          EditorView.domEventHandlers({
            focus: (_, target) => {
              if (target.state.doc.length === 0) setTimeout(() => startCompletion(target), 50);
            },
          }),
        ],
      }),
    });
    view.current = editor;
    return () => editor.destroy();
    // Made once: what changes later is brought in below.
  }, []);

  // Another filter from outside: the address, a saved view, the history.
  useEffect(() => {
    const editor = view.current;
    if (editor && editor.state.doc.toString() !== value) editor.dispatch({ changes: { from: 0, to: editor.state.doc.length, insert: value } });
  }, [value]);

  useEffect(() => {
    const editor = view.current;
    if (!editor) return;
    const text = editor.state.doc.toString();
    const word = problem?.at === null || problem?.at === undefined ? { from: 0, to: text.length } : wordAt(text, problem.at);
    editor.dispatch(setDiagnostics(editor.state, problem && text !== '' ? [{ ...word, severity: 'error', message: problem.text }] : []));
  }, [problem?.text, problem?.at, value]);

  return <div ref={host} className={problem ? 'filter-editor wrong' : 'filter-editor'} />;
}

// Pasted lines become one.
const oneLine = EditorState.transactionFilter.of((change) => {
  if (!change.docChanged || change.newDoc.lines === 1) return change;
  return [change, { changes: { from: 0, to: change.newDoc.length, insert: change.newDoc.toString().replace(/\s*\n\s*/g, ' ') }, sequential: true }];
});

/** Puts a text in the place of what was begun, with the quote that the editor has added behind it. */
function takeText(editor: EditorView, { label }: Completion, from: number, to: number): void {
  const end = editor.state.sliceDoc(to, to + 1) === "'" ? to + 1 : to;
  editor.dispatch({ changes: { from, to: end, insert: label }, selection: { anchor: from + label.length }, userEvent: 'input.complete' });
}

/** What is asked for most comes first. */
const boosts = { metrics: 40, params: 30, tags: 20 };

const words = new Set<string>(keywords);
const calls = new Set<string>(functions);

const language = StreamLanguage.define({
  token(stream) {
    if (stream.eatSpace()) return null;
    if (stream.match(/^'(?:[^']|'')*'?|^"(?:[^"]|"")*"?/)) return 'string';
    if (stream.match(/^[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?/)) return 'number';
    const word = stream.match(/^[A-Za-z_][\w.]*(?:`(?:[^`]|``)*`?)?/);
    if (word && typeof word !== 'boolean') {
      if (words.has(word[0].toUpperCase())) return 'keyword';
      return calls.has(word[0].toLowerCase()) && stream.peek() === '(' ? 'typeName' : 'variableName';
    }
    if (stream.match(/^(?:<=|>=|!=|=~|!~|[=<>])/)) return 'operator';
    stream.next();
    return null;
  },
});

// Classes instead of colours: the colours are those of the house, also when it turns dark.
const colours = HighlightStyle.define([
  { tag: tags.keyword, class: 'filter-editor-keyword' },
  { tag: tags.string, class: 'filter-editor-text' },
  { tag: tags.number, class: 'filter-editor-number' },
  { tag: tags.operator, class: 'filter-editor-sign' },
  { tag: tags.typeName, class: 'filter-editor-call' },
  { tag: tags.variableName, class: 'filter-editor-field' },
]);

async function complete(context: CompletionContext, queries: QueryClient, experiments: readonly string[]): Promise<CompletionResult | null> {
  const text = context.state.doc.toString();
  const { expected, from, field } = expectedAt(text, context.pos);
  const written = text.slice(from, context.pos);
  const list = (options: Completion[], validFor = /^[\w.`/ -]*$/): CompletionResult => ({ from, options, validFor });
  switch (expected) {
    case 'field':
    case 'metric': {
      const kinds = expected === 'metric' ? (['metrics'] as const) : (['metrics', 'params', 'tags'] as const);
      const keys = await Promise.all(kinds.map(async (kind) => ((await queries.fetchQuery(keysQuery(experiments, kind))).keys.map(({ key, runs }) => ({ label: column(kind, key).field, apply: `${column(kind, key).field}${expected === 'metric' ? '' : ' '}`, detail: runs === undefined ? undefined : `${runs} runs`, boost: boosts[kind] })))));
      if (context.aborted) return null;
      if (expected === 'metric') return list(keys.flat());
      const own: Completion[] = fields.map((one, at) => ({ label: one, apply: `${one} `, boost: at < 2 ? 50 : -at }));
      const called: Completion[] = functions.map((one) => ({ label: `${one}(metrics…)`, apply: `${one}(`, boost: -50 }));
      const not: Completion = { label: 'NOT', apply: 'NOT ', boost: -60 };
      return list([...own, ...keys.flat(), ...called, not]);
    }
    case 'operator':
      return list(
        operators(field).map((one, at) => ({ label: one, apply: one.endsWith('(') || one.endsWith('NULL') || one.endsWith('NAN') ? one : `${one} `, boost: -at })),
        /^[\w ]*$/,
      );
    case 'is':
      return list(['NULL', 'NOT NULL', ...(/^metrics?\./.test(field) ? ['NAN', 'NOT NAN'] : [])].map((one) => ({ label: one, apply: `${one} ` })));
    case 'joint':
      return written === '' && !context.explicit && !text.endsWith(' ') ? null : list(['AND', 'OR'].map((one) => ({ label: one, apply: `${one} ` })));
    case 'value':
    case 'list': {
      const of = readColumn(field.replace(/^(param|tag|attribute)\./, '$1s.'));
      const values = of === null || isNumber(of) || of.key.endsWith('_time') ? [] : of.key === 'status' && of.kind === 'attributes' ? statuses : await queries.fetchQuery(valuesQuery(experiments, of.field)).catch(() => []);
      if (context.aborted || values.length === 0) return null;
      return list(
        values.slice(0, 100).map((one, at) => ({ label: literal(one), boost: 99 - at, apply: takeText })),
        /^'?[^']*$/,
      );
    }
    default:
      return null;
  }
}
