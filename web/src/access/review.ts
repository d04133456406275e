import { queryOptions } from '@tanstack/react-query';
import { get } from '../api/client';
import type { ReviewItem } from './security';

/** What is weak in this installation, as the server finds it. */
export const reviewQuery = queryOptions({
  queryKey: ['installation', 'review'],
  queryFn: async ({ signal }): Promise<readonly ReviewItem[]> => ((await get('/api/slipway/v1/installation/review', { signal })).items ?? []) as readonly ReviewItem[],
});
