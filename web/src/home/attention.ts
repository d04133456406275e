import { queryOptions } from '@tanstack/react-query';
import { get, type Wire } from '../api/client';

/** What needs a look, as the server finds it. */
export const attentionQuery = queryOptions({ queryKey: ['attention'], queryFn: ({ signal }) => get('/api/slipway/v1/attention', { signal }) });

export type AttentionRun = Wire['AttentionRun'];
export type Overview = Wire['ExperimentOverview'];
