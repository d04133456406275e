import { HighlightStyle, StreamLanguage } from '@codemirror/language';
import { tags } from '@lezer/highlight';

/** What a policy can say, for completion: kinds of check with their fields, and the fields beside the checks. */
export const checkFields: Readonly<Record<string, readonly string[]>> = {
  metric: ['metric', 'dataset', 'min', 'max', 'against', 'tolerance', 'tolerance_percent', 'better', 'claimed'],
  signature: ['compatible_with'],
  tags: ['required'],
  fields: ['required'],
  scan: ['allow'],
  signed: [],
  dataset: ['context'],
  run: ['finished', 'clean_commit'],
  command: ['run', 'timeout_seconds', 'network'],
  approvals: ['count', 'role'],
  policy: ['policy'],
};

/** Fields that every check may have. */
export const anyCheck = ['id', 'title', 'waivable'] as const;

/** Fields of the policy itself. */
export const policyFields = ['description', 'checks', 'rollback', 'auto', 'expire_days', 'waivers'] as const;

const values: Readonly<Record<string, readonly string[]>> = {
  against: ['slot', '@champion', 'Production'],
  compatible_with: ['slot', '@champion', 'Production'],
  better: ['higher', 'lower'],
  claimed: ['accept'],
  allow: ['suspicious'],
  rollback: ['free', 'gated'],
  auto: ['true', 'false'],
  waivable: ['true', 'false'],
  finished: ['true', 'false'],
  clean_commit: ['true', 'false'],
  network: ['true', 'false'],
  role: ['approver', 'admin'],
  waivers: ['admin', 'approver'],
  required: ['description', 'owner', 'team', 'purpose', 'intended_use', 'limitations', 'contact', 'license', 'review_date', 'retirement_date'],
};

/** What fits where the cursor is: names of fields at the beginning of a line, else the values of the field. */
export function offered(before: string): { from: number; words: string[]; field: boolean } | null {
  const start = before.lastIndexOf('\n') + 1;
  const line = before.slice(start);
  const value = /^\s*(?:-\s+)?(\w+):\s+\[?(?:[^\]#]*,\s*)?([\w@-]*)$/.exec(line);
  if (value) {
    const words = value[1] === 'check' ? Object.keys(checkFields) : (Object.hasOwn(values, value[1]!) ? values[value[1]!]! : []);
    return words.length === 0 ? null : { from: before.length - value[2]!.length, words: [...words], field: false };
  }
  const key = /^(\s*)(-\s+)?(\w*)$/.exec(line);
  if (!key) return null;
  const from = before.length - key[3]!.length;
  if (key[2]) return { from, words: ['check'], field: true };
  if (key[1] === '') return { from, words: [...policyFields], field: true };
  // Within a check: the fields of its kind, which stands in the line that begins it.
  const kind = [...before.slice(0, start).matchAll(/^\s*-\s+check:\s*(\w+)/gm)].at(-1)?.[1] ?? '';
  return { from, words: [...(Object.hasOwn(checkFields, kind) ? checkFields[kind]! : []), ...anyCheck], field: true };
}

/** The colours of YAML, as much of it as a policy needs. */
export const yaml = StreamLanguage.define<{ key: boolean }>({
  startState: () => ({ key: true }),
  token(stream, state) {
    if (stream.sol()) state.key = true;
    if (stream.eatSpace()) return null;
    if (stream.match(/^#.*/)) return 'comment';
    if (stream.match(/^-(?=\s|$)/)) return 'operator';
    if (state.key && stream.match(/^[\w.@/-]+(?=\s*:(?:\s|$))/)) {
      state.key = false;
      return 'keyword';
    }
    if (stream.match(/^"(?:[^"\\]|\\.)*"?|^'(?:[^']|'')*'?/)) return 'string';
    if (stream.match(/^[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?(?=[\s,\]}]|$)/)) return 'number';
    if (stream.match(/^(?:true|false|null)(?=[\s,\]}]|$)/)) return 'typeName';
    if (stream.match(/^[[\]{},:|>]/)) {
      // In a mapping of one line a key may follow.
      state.key = /[{,]$/.test(stream.current());
      return 'operator';
    }
    stream.match(/^[^\s,[\]{}#:]+|^./);
    return null;
  },
  languageData: { commentTokens: { line: '#' } },
});

// Classes instead of colours: the colours are those of the house, also when it turns dark.
export const yamlColours = HighlightStyle.define([
  { tag: tags.keyword, class: 'policy-editor-key' },
  { tag: tags.string, class: 'policy-editor-text' },
  { tag: tags.number, class: 'policy-editor-number' },
  { tag: tags.typeName, class: 'policy-editor-number' },
  { tag: tags.comment, class: 'policy-editor-comment' },
  { tag: tags.operator, class: 'policy-editor-sign' },
]);
