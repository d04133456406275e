/** The filter language as an editor needs it: what its words are, and what may stand at a place. docs/search.md says what it means. */
export interface Token {
  kind: 'word' | 'text' | 'number' | 'sign' | 'open' | 'close' | 'comma' | 'wrong';
  text: string;
  from: number;
  to: number;
}

export type Expected = 'field' | 'metric' | 'operator' | 'inside' | 'value' | 'is' | 'list' | 'joint';

const pattern = /\s+|'(?:[^']|'')*'?|"(?:[^"]|"")*"?|[A-Za-z_][\w.]*(?:`(?:[^`]|``)*`?|"(?:[^"]|"")*"?)?|[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?|<=|>=|!=|=~|!~|[=<>]|[(),]|./gs;

export const functions = ['min', 'max', 'last', 'first', 'at', 'first_step', 'last_step', 'count'] as const;
export const keywords = ['AND', 'OR', 'NOT', 'LIKE', 'ILIKE', 'RLIKE', 'IN', 'IS', 'NULL', 'NAN'] as const;

/** Fields that are complete in themselves. */
export const fields = [
  'status',
  'run_name',
  'start_time',
  'end_time',
  'duration',
  'user_id',
  'run_id',
  'experiment_name',
  'experiment_id',
  'lifecycle_stage',
  'artifact_uri',
  'git.commit',
  'git.branch',
  'git.repo',
  'datasets.name',
  'datasets.digest',
  'datasets.context',
] as const;

const numeric = new Set(['start_time', 'end_time', 'duration']);

/** Cuts a filter into its words; spaces are left out. */
export function tokens(text: string): Token[] {
  const found: Token[] = [];
  for (const match of text.matchAll(pattern)) {
    const one = match[0];
    if (/^\s/.test(one)) continue;
    found.push({ kind: kindOf(one), text: one, from: match.index, to: match.index + one.length });
  }
  return found;
}

function kindOf(text: string): Token['kind'] {
  if (/^[A-Za-z_]/.test(text)) return 'word';
  if (/^['"]/.test(text)) return 'text';
  if (/^[-+.]?\d|^[-+]\.\d/.test(text)) return 'number';
  if (text === '(') return 'open';
  if (text === ')') return 'close';
  if (text === ',') return 'comma';
  return /^[=<>!]/.test(text) && text !== '!' ? 'sign' : 'wrong';
}

/** What may stand at a place, the word that is being written there, and the field that it is about. */
export function expectedAt(text: string, place: number): { expected: Expected; from: number; field: string } {
  const before = tokens(text.slice(0, place));
  const last = before.at(-1);
  // What touches the place is being written; it does not yet count.
  const writing = last !== undefined && last.to === place && (last.kind === 'word' || last.kind === 'wrong' || (last.kind === 'text' && isOpen(last.text))) ? last : undefined;
  if (writing) before.pop();
  let expected: Expected = 'field';
  let field = '';
  let called = false;
  for (const token of before) {
    const word = token.kind === 'word' ? token.text.toUpperCase() : '';
    switch (expected) {
      case 'field':
        if (word === 'NOT' || token.kind === 'open') break;
        if (token.kind === 'word') {
          called = (functions as readonly string[]).includes(token.text.toLowerCase());
          field = token.text;
          expected = called ? 'metric' : 'operator';
        }
        break;
      case 'metric':
        if (token.kind === 'open') break;
        if (token.kind === 'word') expected = 'inside';
        break;
      case 'inside':
        if (token.kind === 'close') expected = 'operator';
        break;
      case 'operator':
        if (word === 'IS') expected = 'is';
        else if (word === 'IN') expected = 'list';
        else if (token.kind === 'sign' || word === 'LIKE' || word === 'ILIKE' || word === 'RLIKE') expected = 'value';
        break;
      case 'is':
        if (word !== 'NOT') expected = 'joint';
        break;
      case 'value':
        expected = 'joint';
        break;
      case 'list':
        if (token.kind === 'close') expected = 'joint';
        break;
      case 'joint':
        if (word === 'AND' || word === 'OR') expected = 'field';
        break;
    }
  }
  return { expected, from: writing?.from ?? place, field: called ? `${field}()` : field };
}

/** Whether a text lacks the quote that ends it. */
function isOpen(text: string): boolean {
  return !/^(?:'(?:[^']|'')*'|"(?:[^"]|"")*")$/.test(text);
}

/** What can be compared how, for a field as it is written. */
export function operators(field: string): readonly string[] {
  const plain = field.replace(/^attributes?\./, '');
  if (field.endsWith('()')) return ['<', '<=', '>', '>=', '=', '!=', 'IS NULL', 'IS NOT NULL'];
  if (/^metrics?\./.test(field)) return ['<', '<=', '>', '>=', '=', '!=', 'IS NULL', 'IS NOT NULL', 'IS NAN', 'IS NOT NAN'];
  if (numeric.has(plain)) return ['<', '<=', '>', '>=', '=', '!=', 'IS NULL', 'IS NOT NULL'];
  const text = ['=', '!=', 'LIKE', 'ILIKE', 'IN (', 'NOT IN (', 'NOT LIKE', 'NOT ILIKE', 'RLIKE', 'NOT RLIKE'];
  return /^(params?|tags?|git)\./.test(field) ? [...text, 'IS NULL', 'IS NOT NULL'] : text;
}

/** Where the server says that something is wrong: its sentence, and the place in the text it was given, from 0. */
export function wrongAt(message: string): { text: string; at: number | null } {
  // The sentence ends where the copy of the filter with a mark under it begins.
  const [first = message] = message.split('\n');
  const found = /at character (\d+)/.exec(first);
  return { text: first, at: found ? Number(found[1]) - 1 : null };
}

/** The word at a place, so that all of it is underlined; at the end of the text its last word. */
export function wordAt(text: string, at: number): { from: number; to: number } {
  const all = tokens(text);
  const one = all.find((token) => at >= token.from && at < token.to) ?? all.at(-1);
  return one ? { from: one.from, to: one.to } : { from: 0, to: text.length };
}
