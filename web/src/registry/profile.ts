import { queryOptions } from '@tanstack/react-query';
import { get, type Wire } from '../api/client';
import { modelKey } from './models';

export type Profile = Wire['ModelProfile'];
export type Card = Wire['ModelCard'];
export type CardSection = Wire['CardSection'];

/** What can be said of a model, in the order of its card: what it is called, and what it is good for. */
export const profileFields = [
  { key: 'owner', label: 'Owner', hint: 'Who answers for it.', long: false },
  { key: 'team', label: 'Team', hint: '', long: false },
  { key: 'contact', label: 'Contact', hint: 'Where to ask.', long: false },
  { key: 'purpose', label: 'Purpose', hint: 'What it is there for.', long: true },
  { key: 'intended_use', label: 'Intended use', hint: 'What it may be used for, and what not.', long: true },
  { key: 'limitations', label: 'Limitations', hint: 'What it cannot do.', long: true },
  { key: 'license', label: 'License', hint: 'An SPDX identifier such as apache-2.0, or a name.', long: false },
  { key: 'review_date', label: 'Review on', hint: 'When somebody looks at it again. Home says when the day has passed.', long: false },
  { key: 'retirement_date', label: 'Retire on', hint: 'When it goes out of use.', long: false },
] as const;

export type ProfileField = (typeof profileFields)[number]['key'];

/** Who owns a model and what it is for. */
export function profileQuery(name: string) {
  return queryOptions({ queryKey: [...modelKey(name), 'profile'], queryFn: ({ signal }) => get('/api/slipway/v1/models/{name}/profile', { path: { name }, signal }) });
}

/** The card of a version. */
export function cardQuery(name: string, version: string) {
  return queryOptions({ queryKey: [...modelKey(name), 'card', version], queryFn: ({ signal }) => get('/api/slipway/v1/models/{name}/versions/{version}/card', { path: { name, version }, signal }) });
}

/** What is different from before: only that is sent, so that nobody else's change is undone. */
export function changes(before: Profile, draft: Readonly<Record<ProfileField, string>>): Partial<Record<ProfileField, string>> {
  return Object.fromEntries(profileFields.flatMap(({ key }) => (draft[key].trim() === (before[key] ?? '') ? [] : [[key, draft[key].trim()]])));
}

/** Whether a day such as 2027-01-31 lies behind, in UTC as the server reads it. */
export function hasPassed(day: string | undefined, now: number): boolean {
  return day !== undefined && /^\d{4}-\d{2}-\d{2}$/.test(day) && day < new Date(now).toISOString().slice(0, 10);
}
