import type { Completion, CompletionContext, CompletionResult } from '@codemirror/autocomplete';
import { literal } from '../tracking/experiments';
import { expectedAt } from '../tracking/filterLanguage';
import { modelFields, versionFields } from './filter';
import { stages } from './slots';

const numbers = /_timestamp$|^version_number$/;

/** What may stand where the cursor is, in a filter of models or of versions. */
export function offerWords(context: CompletionContext, ofVersions: boolean, tags: readonly string[]): CompletionResult | null {
  const text = context.state.doc.toString();
  const { expected, from, field } = expectedAt(text, context.pos);
  const written = text.slice(from, context.pos);
  const list = (options: Completion[], validFor = /^[\w.`/ -]*$/): CompletionResult | null => (options.length === 0 ? null : { from, options, validFor });
  switch (expected) {
    case 'field': {
      // What is typed first may be a name: fields offer themselves once something of them stands there.
      const own = (ofVersions ? versionFields : modelFields).map((one, at): Completion => ({ label: one, apply: `${one} `, boost: 50 - at }));
      const tagged = tags.map((key): Completion => ({ label: tagField(key), apply: `${tagField(key)} `, boost: -1 }));
      return list([...own, ...tagged, { label: 'NOT', apply: 'NOT ', boost: -60 }]);
    }
    case 'operator':
      return list(
        (numbers.test(field) ? ['=', '!=', '<', '<=', '>', '>='] : ['=', '!=', 'LIKE', 'ILIKE', 'IN (', 'NOT IN (', ...(/^tags?\./.test(field) ? ['IS NULL', 'IS NOT NULL'] : [])]).map((one, at) => ({ label: one, apply: one.endsWith('(') || one.endsWith('NULL') ? one : `${one} `, boost: -at })),
        /^[\w ]*$/,
      );
    case 'is':
      return list(['NULL', 'NOT NULL'].map((one) => ({ label: one, apply: `${one} ` })));
    case 'joint':
      return written === '' && !context.explicit && !text.endsWith(' ') ? null : list(['AND', 'OR'].map((one) => ({ label: one, apply: `${one} ` })));
    case 'value':
    case 'list':
      return list(field === 'current_stage' ? stages.map((one) => ({ label: literal(one) })) : [], /^'?[^']*$/);
    default:
      return null;
  }
}

/** A tag as the filter names it; a key with other signs stands in backticks. */
export function tagField(key: string): string {
  return /^[\w.]+$/.test(key) ? `tags.${key}` : `tags.\`${key.replaceAll('`', '``')}\``;
}
