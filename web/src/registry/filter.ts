import { anywhere } from '../tracking/experiments';

/** Signs and words that only a filter has. */
const compares = /[=<>]|\b(?:I?LIKE|RLIKE|IN|IS)\b/;

/** What somebody typed as a filter of the registry: a filter as it stands, other text as a part of the name. Undefined finds everything. */
export function filterOf(typed: string): string | undefined {
  const text = typed.trim();
  if (text === '') return undefined;
  return isFilter(text) ? text : `name ILIKE ${anywhere(text)}`;
}

/** Whether a text is meant as a filter rather than as a name. */
export function isFilter(text: string): boolean {
  return compares.test(text);
}

/** Fields that the registry knows: of models, and of versions. */
export const modelFields = ['name', 'alias', 'user_id', 'creation_timestamp', 'last_updated_timestamp'] as const;
export const versionFields = ['current_stage', 'alias', 'version_number', 'run_id', 'source_path', 'user_id', 'model_id', 'creation_timestamp', 'last_updated_timestamp'] as const;
