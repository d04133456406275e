import { infiniteQueryOptions, queryOptions, useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { get, type Wire } from '../api/client';
import { given } from '../api/given';

/** A record of the wire of which some fields are always there. */
type Sure<T, K extends keyof T> = T & { [P in K]-?: NonNullable<T[P]> };

/** A person, service account or group. */
export type Member = Sure<Wire['Member'], 'name' | 'kind' | 'display_name' | 'administrator' | 'disabled' | 'signs_in_by' | 'created_ms'>;

/** A role that somebody has in the workspace. */
export type HeldRole = Required<Wire['HeldRole']>;

/** What was said about one root. */
export type Grant = Required<Wire['GrantEntry']>;

/** A token without its secret. */
export type Token = Sure<Wire['TokenInfo'], 'id' | 'name' | 'owner' | 'scopes' | 'created_ms'>;

/** A workspace with its limits. */
export type Workspace = Sure<Wire['Workspace'], 'name'>;

const pageMax = 200;

/** Members whose names hold a text, page by page. */
export function membersQuery(contains: string, kind?: string) {
  return infiniteQueryOptions({
    queryKey: ['members', 'list', contains, kind],
    queryFn: async ({ pageParam, signal }) => ((await get('/api/slipway/v1/access/members', { query: given({ contains, kind, after: pageParam, max_results: pageMax }), signal })).members ?? []) as Member[],
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => (last.length < pageMax ? undefined : last.at(-1)!.name),
    placeholderData: (before) => before,
  });
}

/** One member with groups and roles. */
export function memberQuery(name: string) {
  return queryOptions({ queryKey: ['members', 'one', name], queryFn: async ({ signal }) => (await get('/api/slipway/v1/access/members/{name}', { path: { name }, signal })) as Member });
}

/** Who is in a group, page by page. */
export function groupQuery(group: string) {
  return infiniteQueryOptions({
    queryKey: ['members', 'group', group],
    queryFn: async ({ pageParam, signal }) => ((await get('/api/slipway/v1/access/groups/{group}/members', { path: { group }, query: given({ after: pageParam, max_results: pageMax }), signal })).members ?? []) as Member[],
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => (last.length < pageMax ? undefined : last.at(-1)!.name),
  });
}

/** Who has which role in the workspace. */
export const rolesQuery = queryOptions({
  queryKey: ['roles'],
  queryFn: async ({ signal }) => ((await get('/api/slipway/v1/access/roles', { signal })).roles ?? []) as HeldRole[],
});

/** The roles that members and groups have themselves in the workspace, by name. */
export function useRolesByName(): ReadonlyMap<string, readonly string[]> {
  const held = useQuery(rolesQuery).data;
  return useMemo(() => {
    const byName = new Map<string, string[]>();
    for (const { name, role } of held ?? []) byName.set(name, [...(byName.get(name) ?? []), role]);
    return byName;
  }, [held]);
}

/** What was said about single roots, or about one experiment, page by page. */
export function grantsQuery(experiment?: string) {
  return infiniteQueryOptions({
    queryKey: ['grants', experiment],
    queryFn: async ({ pageParam, signal }) => {
      const page = await get('/api/slipway/v1/access/grants', { query: given({ after: pageParam, kind: experiment && 'experiment', root: experiment }), signal });
      return { grants: (page.grants ?? []) as Grant[], next: page.next };
    },
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next,
  });
}

/** What somebody may do in the workspace or with one experiment, and why. */
export function explainQuery(name: string, root?: string) {
  return queryOptions({ queryKey: ['explain', name, root], queryFn: ({ signal }) => get('/api/slipway/v1/access/explain', { query: { name, ...(root && { kind: 'experiment', root }) }, signal }), enabled: name !== '' });
}

/** The workspaces that one reaches. */
export const workspacesQuery = queryOptions({
  queryKey: ['workspaces'],
  queryFn: async ({ signal }) => ((await get('/api/3.0/mlflow/workspaces', { signal })).workspaces ?? []) as Workspace[],
  staleTime: 60_000,
});
