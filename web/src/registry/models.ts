import { queryOptions } from '@tanstack/react-query';
import { get, post, Problem, remove, type Wire } from '../api/client';
import { literal } from '../tracking/experiments';
import { stages } from './slots';

export type Model = Wire['RegisteredModel'];
export type Version = Wire['ModelVersion'];
export type Package = Wire['ModelPackage'];
export type Finding = Wire['ModelFinding'];
export type OnnxFile = Wire['OnnxSummary'];
export type Stay = Wire['ModelStay'];

/** Whatever is asked about one model begins with this: one word makes all of it stale. */
export const modelKey = (name: string) => ['model', name] as const;

/** Nothing tells pages of the registry's changes: they ask again while somebody looks. */
export const askedEvery = 15_000;

/** What makes a prompt of a model, and the tags that hold its text and its form. */
export const promptTag = 'mlflow.prompt.is_prompt';
export const promptTextTag = 'mlflow.prompt.text';
export const promptFormTag = '_mlflow_prompt_type';

/** Rows of a page of models or versions. */
const pageSize = 100;

/** One page of models, or of prompts. */
export async function modelsPage(filter: string | undefined, prompts: boolean, token: string | undefined, signal: AbortSignal) {
  const only = `tags.\`${promptTag}\` = 'true'`;
  const asked = !prompts ? filter : filter === undefined ? only : `${only} AND (${filter})`;
  const page = await get('/api/2.0/mlflow/registered-models/search', { query: { filter: asked, max_results: pageSize, order_by: ['last_updated_timestamp DESC'], page_token: token }, signal });
  return { models: page.registered_models ?? [], next: page.next_page_token || undefined };
}

/** What a list shows of a model beside MLflow's record: who answers for it, and whether its files are safe. */
export type ModelOverview = Wire['ModelOverview'];

/** One request for a whole page of a list. */
export function overviewsQuery(names: readonly string[]) {
  return queryOptions({
    queryKey: ['models', 'overviews', names],
    queryFn: async ({ signal }) => (await post('/api/slipway/v1/models/overview', { names: [...names] }, { signal })).models ?? [],
    staleTime: 15_000,
    retry: false,
  });
}

/** One model with its aliases and the newest version of each stage. */
export function modelQuery(name: string) {
  return queryOptions({
    queryKey: [...modelKey(name), 'model'],
    queryFn: async ({ signal }) => (await get('/api/2.0/mlflow/registered-models/get', { query: { name }, signal })).registered_model as Model,
    refetchInterval: askedEvery,
  });
}

/** One page of a model's versions, the newest first. */
export async function versionsPage(name: string, filter: string | undefined, token: string | undefined, signal: AbortSignal, prompt = false) {
  // Prompts are found only by a filter that asks for them.
  const own = `name = ${literal(name)}${prompt ? ` AND tags.\`${promptTag}\` = 'true'` : ''}`;
  const page = await get('/api/2.0/mlflow/model-versions/search', {
    query: { filter: filter === undefined ? own : `${own} AND (${filter})`, max_results: pageSize, order_by: ['version_number DESC'], page_token: token },
    signal,
  });
  return { versions: page.model_versions ?? [], next: page.next_page_token || undefined };
}

/** The newest versions, to choose one of. */
export function newestVersions(name: string) {
  return queryOptions({ queryKey: [...modelKey(name), 'newest'], queryFn: async ({ signal }) => (await versionsPage(name, undefined, undefined, signal)).versions });
}

/** One version. */
export function versionQuery(name: string, version: string) {
  return queryOptions({
    queryKey: [...modelKey(name), 'version', version],
    queryFn: async ({ signal }) => (await get('/api/2.0/mlflow/model-versions/get', { query: { name, version }, signal })).model_version as Version,
    refetchInterval: askedEvery,
  });
}

/** Whether a version is still there. */
export async function isThere(name: string, version: string, signal: AbortSignal): Promise<boolean> {
  try {
    await get('/api/2.0/mlflow/model-versions/get', { query: { name, version }, signal });
    return true;
  } catch (fault) {
    if (fault instanceof Problem && fault.status === 404) return false;
    throw fault;
  }
}

/** What a version is made of. */
export function packageQuery(name: string, version: string) {
  return queryOptions({
    queryKey: [...modelKey(name), 'package', version],
    queryFn: async ({ signal }): Promise<Package> => get('/api/slipway/v1/models/{name}/versions/{version}/package', { path: { name, version }, signal }),
    // The files are looked into by a job: until it is done its answer is waited for.
    refetchInterval: (query) => (query.state.data?.scan?.status === 'pending' ? 2_000 : false),
  });
}

/** Stays of versions in stages and behind aliases, the newest first: up to a thousand. */
export function staysQuery(name: string, more: { stage?: string; alias?: string; at_ms?: number } = {}) {
  return queryOptions({
    queryKey: [...modelKey(name), 'stays', more],
    queryFn: async ({ signal }) => {
      const page = await get('/api/slipway/v1/models/{name}/history', { path: { name }, query: { ...more, max_results: 1000 }, signal });
      return { stays: page.stays ?? [], isAll: !page.next_page_token };
    },
    refetchInterval: askedEvery,
  });
}

/** The stages that versions of a model can be in: its own, or MLflow's. */
export function stagesQuery(name: string) {
  return queryOptions({
    queryKey: [...modelKey(name), 'stages'],
    queryFn: async ({ signal }) => {
      const { stages: own = [], custom } = await get('/api/slipway/v1/models/{name}/stages', { path: { name }, signal });
      return stagesOf(own, custom === true);
    },
    staleTime: 60_000,
  });
}

/** Stages to choose from, each with the one of MLflow's that its clients see. */
export function stagesOf(own: readonly { stage?: string; shows?: string }[], custom: boolean): { stage: string; shows: string }[] {
  const all = custom ? ['None', 'Archived'] : stages;
  const named = custom ? own.map(({ stage = '', shows = '' }) => ({ stage, shows })) : [];
  return [...named, ...all.filter((one) => !named.some(({ stage }) => stage === one)).map((one) => ({ stage: one, shows: one }))];
}

/** Far beyond every clock: what stands then stands now. */
export const always = 8_640_000_000_000_000;

/** The newest version of all, as a model's answer lets one know it. */
export function newestOf(model: Model): Version | undefined {
  return (model.latest_versions ?? []).reduce<Version | undefined>((newest, one) => (newest === undefined || Number(one.version) > Number(newest.version) ? one : newest), undefined);
}

/** Tags that people set, not those that make a prompt of a model. */
export function plainTags(tags: readonly { key?: string; value?: string }[] | undefined): { key: string; value: string }[] {
  return (tags ?? []).flatMap(({ key = '', value = '' }) => (key === promptTag || key === promptTextTag || key === promptFormTag ? [] : [{ key, value }]));
}

/** Whether a model is a prompt. */
export function isPrompt(model: Model): boolean {
  return (model.tags ?? []).some(({ key, value }) => key === promptTag && value?.toLowerCase() === 'true');
}

/** Sets or removes tags of a model or of one of its versions. */
export async function saveTags(name: string, version: string | undefined, set: readonly { key: string; value: string }[], removed: readonly string[]): Promise<void> {
  for (const { key, value } of set) {
    if (version === undefined) await post('/api/2.0/mlflow/registered-models/set-tag', { name, key, value });
    else await post('/api/2.0/mlflow/model-versions/set-tag', { name, version, key, value });
  }
  for (const key of removed) {
    if (version === undefined) await remove('/api/2.0/mlflow/registered-models/delete-tag', { query: { name, key } });
    else await remove('/api/2.0/mlflow/model-versions/delete-tag', { query: { name, version, key } });
  }
}
