import { autocompletion, closeBrackets, completionKeymap, type CompletionContext } from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap, indentWithTab } from '@codemirror/commands';
import { indentUnit, syntaxHighlighting } from '@codemirror/language';
import { lintGutter, setDiagnostics } from '@codemirror/lint';
import { EditorState, type Text } from '@codemirror/state';
import { drawSelection, EditorView, highlightActiveLine, keymap, lineNumbers } from '@codemirror/view';
import { useEffect, useRef } from 'react';
import type { Wire } from '../api/client';
import { offered, yaml, yamlColours } from './policyLanguage';
import './policy-editor.css';

/** What is wrong with a policy, and where: lines and columns from 1. */
export type PolicyError = Wire['GatePolicyError'];

interface Props {
  value: string;
  onChange?: ((yaml: string) => void) | undefined;
  errors?: readonly PolicyError[] | undefined;
  label?: string;
  readOnly?: boolean;
}

/** The YAML of a policy: coloured, completed, what is wrong marked in its line and listed below, where a click goes to it. */
export default function PolicyEditor({ value, onChange, errors = [], label = 'Policy, as YAML', readOnly = false }: Props) {
  const host = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView>(undefined);
  const latest = useRef(onChange);
  latest.current = onChange;

  useEffect(() => {
    const editor = new EditorView({
      parent: host.current!,
      state: EditorState.create({
        doc: value,
        extensions: [
          EditorView.cspNonce.of(document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content ?? ''),
          lineNumbers(),
          lintGutter(),
          history(),
          drawSelection(),
          closeBrackets(),
          indentUnit.of('  '),
          yaml,
          syntaxHighlighting(yamlColours),
          EditorState.readOnly.of(readOnly),
          readOnly ? [] : highlightActiveLine(),
          EditorView.contentAttributes.of({ 'aria-label': label, 'aria-multiline': 'true', tabindex: '0', spellcheck: 'false', autocapitalize: 'off', autocorrect: 'off' }),
          autocompletion({ override: [complete], icons: false }),
          // Tab indents, as in every editor of code; Escape and then Tab leaves it, for who has no mouse.
          keymap.of([...completionKeymap, ...historyKeymap, ...defaultKeymap, indentWithTab]),
          EditorView.domEventHandlers({
            // Over a selection of several lines a browser writes text with styles of its own, which the policy of the pages refuses with an error in the console.
            beforeinput: (event, target) => {
              if (event.inputType !== 'insertText' || event.isComposing || event.data === null || target.state.selection.main.empty || readOnly) return false;
              target.dispatch(target.state.replaceSelection(event.data), { userEvent: 'input.type', scrollIntoView: true });
              event.preventDefault();
              return true;
            },
          }),
          EditorView.updateListener.of((update) => {
            if (update.docChanged) latest.current?.(update.state.doc.toString());
          }),
        ],
      }),
    });
    view.current = editor;
    return () => editor.destroy();
    // Made once: what changes later is brought in below.
  }, [readOnly]);

  useEffect(() => {
    const editor = view.current;
    if (editor && editor.state.doc.toString() !== value) editor.dispatch({ changes: { from: 0, to: editor.state.doc.length, insert: value } });
  }, [value]);

  useEffect(() => {
    const editor = view.current;
    if (!editor) return;
    const { doc } = editor.state;
    editor.dispatch(setDiagnostics(editor.state, errors.map((one) => ({ ...stretch(doc, one), severity: 'error' as const, message: one.message ?? '' }))));
  }, [errors]);

  function goTo(error: PolicyError): void {
    const editor = view.current;
    if (!editor) return;
    editor.dispatch({ selection: { anchor: stretch(editor.state.doc, error).from }, scrollIntoView: true });
    editor.focus();
  }

  return (
    <div className="policy-editor">
      <div ref={host} className={errors.length > 0 ? 'policy-editor-text-box wrong' : 'policy-editor-text-box'} />
      {errors.length > 0 && (
        <ul role="list" className="policy-editor-errors" aria-label="What is wrong">
          {errors.map((error, index) => (
            <li key={index}>
              <button type="button" onClick={() => goTo(error)}>
                Line {error.line ?? 1}
                {error.column !== undefined && `, column ${error.column}`}
              </button>{' '}
              {error.message}
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

/** From where an error is to the end of its word; an error beyond the text stands at its end. */
export function stretch(doc: Text, { line = 1, column = 1 }: PolicyError): { from: number; to: number } {
  const at = doc.line(Math.max(1, Math.min(doc.lines, line)));
  const from = Math.max(at.from, Math.min(at.to, at.from + Math.max(1, column) - 1));
  const word = /^[^\s,\]}:]+/.exec(doc.sliceString(from, at.to))?.[0].length ?? 0;
  return { from, to: Math.max(from + word, Math.min(at.to, from + 1)) };
}

function complete(context: CompletionContext) {
  const found = offered(context.state.sliceDoc(0, context.pos));
  if (!found || (!context.explicit && found.from === context.pos && found.field)) return null;
  return { from: found.from, options: found.words.map((label, at) => ({ label, apply: found.field ? `${label}: ` : label, boost: -at })), validFor: /^[\w@-]*$/ };
}
