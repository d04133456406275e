import { queryOptions } from '@tanstack/react-query';
import { get, type Wire } from '../api/client';
import { askedEvery, modelKey } from './models';
import type { Slot } from './slots';

export type Evaluation = Wire['GateEvaluation'];
export type Waiver = Wire['GateWaiver'];
export type Request = Wire['ApprovalRequest'];

/** What a version would need for each stage and alias that has a policy, and what was said of it so far. */
export function gatesQuery(name: string, version: string) {
  return queryOptions({
    queryKey: [...modelKey(name), 'gates', version],
    queryFn: ({ signal }) => get('/api/slipway/v1/models/{name}/versions/{version}/gates', { path: { name, version }, signal }),
    refetchInterval: askedEvery,
  });
}

/** Of what a checklist, a request or an evaluation is: a stage or an alias. */
export function slotIn(of: { stage?: string | undefined; alias?: string | undefined; endpoint?: string | undefined }): Slot {
  if (of.endpoint) return { kind: 'endpoint', name: of.endpoint };
  return of.alias ? { kind: 'alias', name: of.alias } : { kind: 'stage', name: of.stage ?? '' };
}
