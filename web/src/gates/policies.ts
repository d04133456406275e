import { queryOptions } from '@tanstack/react-query';
import { get, post, put, remove, type Wire } from '../api/client';
import { given } from '../api/given';

export type PolicyCheck = Wire['GatePolicyCheck'];

/** Where a policy counts: a model or all, a slot or all. */
export type Attachment = Wire['GateAttachment'];

/** What versions must show before they get somewhere. */
export type Policy = Wire['GatePolicy'] & { name: string; version: number };

/** Every policy of the workspace, by name. */
export const policiesQuery = queryOptions({
  queryKey: ['policies', 'list'],
  queryFn: async ({ signal }) => ((await get('/api/slipway/v1/gates/policies', { signal })).policies ?? []) as Policy[],
});

/** One policy with its text; an older version if one is named. */
export function policyQuery(name: string, version?: number) {
  return queryOptions({
    queryKey: ['policies', 'one', name, version],
    queryFn: async ({ signal }) => (await get('/api/slipway/v1/gates/policies/{name}', { path: { name }, query: given({ version }), signal })) as Policy,
  });
}

/** Where policies are attached: those that count for a model, or all. */
export function attachmentsQuery(model?: string) {
  return queryOptions({ queryKey: ['policies', 'attachments', model], queryFn: async ({ signal }) => (await get('/api/slipway/v1/gates/attachments', { query: given({ model }), signal })).attachments ?? [] });
}

/** What a text would be as a policy: its checks, or what is wrong with it. */
export function checkedQuery(name: string, yaml: string) {
  return queryOptions({
    queryKey: ['policies', 'check', name, yaml],
    queryFn: ({ signal }) => post('/api/slipway/v1/gates/policies/check', { ...(name && { name }), yaml }, { signal }),
    placeholderData: (before) => before,
    staleTime: Infinity,
    enabled: yaml.trim() !== '',
  });
}

/** Saves a text as the newest version. */
export async function savePolicy(name: string, { yaml, note, from }: { yaml: string; note?: string | undefined; from: number }): Promise<Policy> {
  return (await put('/api/slipway/v1/gates/policies/{name}', { yaml, from_version: from, ...(note && { note }) }, { path: { name } })) as Policy;
}

export function deletePolicy(name: string): Promise<unknown> {
  return remove('/api/slipway/v1/gates/policies/{name}', { path: { name } });
}

export function attach(attachment: Attachment): Promise<unknown> {
  return post('/api/slipway/v1/gates/attachments', attachment);
}

export function detach({ policy, model, stage, alias, endpoint }: Attachment): Promise<unknown> {
  return remove('/api/slipway/v1/gates/attachments', { query: given({ policy, model, stage, alias, endpoint }) });
}

/** How a version would do at every slot with a gate; nothing is written. */
export function dryRunQuery(model: string, version: string) {
  return queryOptions({
    queryKey: ['policies', 'dry', model, version],
    queryFn: async ({ signal }) => (await get('/api/slipway/v1/models/{name}/versions/{version}/gates', { path: { name: model, version }, signal })).checklists ?? [],
    retry: false,
  });
}

/** What a text would say of a version if it were saved and the only policy there; nothing is written. */
export function tryDraft(draft: { yaml: string; model: string; version: string; stage?: string | undefined; alias?: string | undefined; name?: string | undefined }) {
  return post('/api/slipway/v1/gates/policies/try', given(draft));
}

/** Where an attachment counts, in words. */
export function placeText({ model, stage, alias, endpoint }: Attachment): string {
  return `${model === undefined ? 'every model' : model}, ${endpoint !== undefined ? `endpoint ${endpoint}` : alias !== undefined ? `alias @${alias}` : stage !== undefined ? `stage ${stage}` : 'every alias, stage and endpoint'}`;
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
