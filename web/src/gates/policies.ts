import { queryOptions } from '@tanstack/react-query';
import { given } from '../api/given';
import { call } from '../api/untyped';
import type { PolicyError } from '../registry/PolicyEditor';
import type { Checklist } from './gates';

export interface PolicyCheck {
  id?: string;
  check?: string;
  title?: string;
  waivable?: boolean;
}

/** Where a policy counts: a model or all, a slot or all. */
export interface Attachment {
  policy?: string;
  model?: string;
  stage?: string;
  alias?: string;
  made_ms?: number;
  made_by?: string;
}

export interface PolicyVersion {
  version: number;
  made_ms?: number;
  made_by?: string;
  note?: string;
  sha256?: string;
}

/** What versions must show before they get somewhere. */
export interface Policy {
  name: string;
  version: number;
  newest_version?: number;
  description?: string;
  yaml?: string;
  note?: string;
  made_ms?: number;
  made_by?: string;
  rollback?: string;
  auto?: boolean;
  expire_days?: number;
  waivers?: string;
  checks?: PolicyCheck[];
  attachments?: Attachment[];
  versions?: PolicyVersion[];
}

/** Every policy of the workspace, by name. */
export const policiesQuery = queryOptions({
  queryKey: ['policies', 'list'],
  queryFn: async ({ signal }) => (await call<{ policies?: Policy[] }>('GET', '/api/slipway/v1/gates/policies', { signal })).policies ?? [],
});

/** One policy with its text; an older version if one is named. */
export function policyQuery(name: string, version?: number) {
  return queryOptions({ queryKey: ['policies', 'one', name, version], queryFn: ({ signal }) => call<Policy>('GET', '/api/slipway/v1/gates/policies/{name}', { path: { name }, query: given({ version }), signal }) });
}

/** Where policies are attached: those that count for a model, or all. */
export function attachmentsQuery(model?: string) {
  return queryOptions({ queryKey: ['policies', 'attachments', model], queryFn: async ({ signal }) => (await call<{ attachments?: Attachment[] }>('GET', '/api/slipway/v1/gates/attachments', { query: given({ model }), signal })).attachments ?? [] });
}

/** What a text would be as a policy: its checks, or what is wrong with it. */
export function checkedQuery(name: string, yaml: string) {
  return queryOptions({
    queryKey: ['policies', 'check', name, yaml],
    queryFn: ({ signal }) => call<{ valid?: boolean; errors?: PolicyError[]; checks?: PolicyCheck[] }>('POST', '/api/slipway/v1/gates/policies/check', { body: { name: name || undefined, yaml }, signal }),
    placeholderData: (before) => before,
    staleTime: Infinity,
    enabled: yaml.trim() !== '',
  });
}

/** Saves a text as the newest version. */
export function savePolicy(name: string, body: { yaml: string; note?: string | undefined; from_version?: number | undefined }): Promise<Policy> {
  return call('PUT', '/api/slipway/v1/gates/policies/{name}', { path: { name }, body });
}

export function deletePolicy(name: string): Promise<unknown> {
  return call('DELETE', '/api/slipway/v1/gates/policies/{name}', { path: { name } });
}

export function attach(attachment: Attachment): Promise<unknown> {
  return call('POST', '/api/slipway/v1/gates/attachments', { body: attachment });
}

export function detach({ policy, model, stage, alias }: Attachment): Promise<unknown> {
  return call('DELETE', '/api/slipway/v1/gates/attachments', { body: given({ policy, model, stage, alias }) });
}

/** How a version would do at a slot, or at every slot with a gate; nothing is written. */
export function dryRunQuery(model: string, version: string, slot: { stage?: string; alias?: string }) {
  return queryOptions({
    queryKey: ['policies', 'dry', model, version, slot],
    queryFn: async ({ signal }) => (await call<{ checklists?: Checklist[] }>('GET', '/api/slipway/v1/models/{name}/versions/{version}/gates', { path: { name: model, version }, query: slot, signal })).checklists ?? [],
    retry: false,
  });
}

/** Where an attachment counts, in words. */
export function placeText({ model, stage, alias }: Attachment): string {
  return `${model === undefined ? 'every model' : model}, ${alias !== undefined ? `alias @${alias}` : stage !== undefined ? `stage ${stage}` : 'every alias and stage'}`;
}

/** What a new policy begins with: the checks that most want, to be cut down. */
export const firstPolicy = `description: What a version must show before customers meet it.
checks:
  - check: fields
    required: [description, owner, intended_use]
  - check: scan
  - check: run
  - check: signature
`;
