import { defaultKeymap, history, historyKeymap, indentWithTab } from '@codemirror/commands';
import { EditorState } from '@codemirror/state';
import { drawSelection, EditorView, keymap, lineNumbers } from '@codemirror/view';
import { useEffect, useRef } from 'react';

/** What a page asks of the editor. */
export interface EditorHandle {
  /** Writes a block where the cursor is, on lines of its own. */
  insert: (block: string) => void;
  /** Replaces all of it. */
  replace: (text: string) => void;
}

interface Props {
  label: string;
  text: string;
  onChange: (text: string) => void;
  onSave: () => void;
  onReady: (handle: EditorHandle) => void;
}

/** A text of Markdown being written. It keeps its own state: the text it is given is where it begins. */
export function Editor({ label, text, onChange, onSave, onReady }: Props) {
  const host = useRef<HTMLDivElement>(null);
  const latest = useRef({ onChange, onSave });
  latest.current = { onChange, onSave };
  const begin = useRef({ text, label, onReady });

  useEffect(() => {
    const { text: first, label: name, onReady: ready } = begin.current;
    const nonce = document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content;
    const view = new EditorView({
      parent: host.current!,
      state: EditorState.create({
        doc: first,
        extensions: [
          history(),
          drawSelection(),
          lineNumbers(),
          EditorView.lineWrapping,
          keymap.of([
            {
              key: 'Mod-s',
              run: () => {
                latest.current.onSave();
                return true;
              },
            },
            // Escape then Tab leaves the editor for those who have no pointer.
            { key: 'Escape', run: (editor) => (editor.contentDOM.blur(), true) },
            indentWithTab,
            ...defaultKeymap,
            ...historyKeymap,
          ]),
          EditorView.contentAttributes.of({ 'aria-label': name, spellcheck: 'true', tabindex: '0' }),
          EditorView.updateListener.of((update) => update.docChanged && latest.current.onChange(update.state.doc.toString())),
          ...(nonce ? [EditorView.cspNonce.of(nonce)] : []),
        ],
      }),
    });
    ready({
      insert: (block) => {
        const line = view.state.doc.lineAt(view.state.selection.main.head);
        const at = line.length === 0 ? line.from : line.to;
        const insert = `${line.length === 0 ? '' : '\n\n'}${block}\n`;
        view.dispatch({ changes: { from: at, insert }, selection: { anchor: at + insert.length }, scrollIntoView: true });
        view.focus();
      },
      replace: (all) => view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: all } }),
    });
    return () => view.destroy();
  }, []);

  return <div ref={host} className="report-editor" />;
}
