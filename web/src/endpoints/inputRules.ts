import type { InputRule } from './wire';

/** A rule while it is typed. */
export interface RuleText {
  column: string;
  min: string;
  max: string;
  categories: string;
  action: string;
}

export const emptyRule: RuleText = { column: '', min: '', max: '', categories: '', action: 'warn' };

/** A rule as a form has it. */
export function ruleText({ column = '', min, max, categories, action = 'warn' }: InputRule): RuleText {
  return { column, min: min == null ? '' : String(min), max: max == null ? '' : String(max), categories: (categories ?? []).join(', '), action };
}

/** Rules as they are sent, or what is wrong with the first that is none. Lines without a column are left out. */
export function readRules(texts: readonly RuleText[]): { rules: InputRule[] } | { wrong: string } {
  const rules: InputRule[] = [];
  for (const { column, min, max, categories, action } of texts) {
    if (column.trim() === '') continue;
    const [least, most] = [bound(min), bound(max)];
    const few = categories
      .split(',')
      .map((one) => one.trim())
      .filter((one) => one !== '');
    if (least === null || most === null) return { wrong: `${column}: bounds are numbers.` };
    if (least !== undefined && most !== undefined && least > most) return { wrong: `${column}: the least is more than the most.` };
    if (least === undefined && most === undefined && few.length === 0) return { wrong: `${column}: say a bound or categories.` };
    rules.push({ column: column.trim(), ...(least !== undefined && { min: least }), ...(most !== undefined && { max: most }), ...(few.length > 0 && { categories: few }), action });
  }
  return { rules };
}

function bound(text: string): number | undefined | null {
  if (text.trim() === '') return undefined;
  const read = Number(text);
  return Number.isFinite(read) ? read : null;
}
