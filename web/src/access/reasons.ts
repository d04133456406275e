import { rightText, rightWords } from './words';

/** One sentence of an explanation, and whether it gives something, takes it, or only says how things are. */
export interface Step {
  text: string;
  effect: 'gives' | 'takes' | 'says';
}

/** The server's reasons as steps to read: rights in words, and denials last, because they win. */
export function steps(reasons: readonly string[]): readonly Step[] {
  return reasons
    .map((reason): Step => ({ text: spelled(reason), effect: /^A denial.* takes | disabled/.test(reason) ? 'takes' : / gives /.test(reason) || /may do everything/.test(reason) ? 'gives' : 'says' }))
    .sort((a, b) => Number(a.effect === 'takes') - Number(b.effect === 'takes'));
}

// Names stand in quotes: one that is called like a right stays what it is.
function spelled(reason: string): string {
  return reason.replace(/ gives ([A-Z])/, ' lets one $1').replace(/'[^']*'|\b[A-Z][a-z]+[A-Z][A-Za-z]+\b|\b(?:Approve|Audit|Administer)\b/g, (word) => (word in rightWords ? rightText(word) : word));
}
