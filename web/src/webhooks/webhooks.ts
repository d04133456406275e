import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { get, type Wire } from '../api/client';
import { given } from '../api/given';

/** An address that is told of changes. */
export type Webhook = Wire['Webhook'] & { webhook_id: string; name: string; url: string };

/** What a webhook is told of: entity and action in capitals. */
export type WebhookEvent = Required<Wire['WebhookEvent']>;

/** One thing that was told, or tried to be. */
export type Delivery = Wire['WebhookDelivery'] & { delivery_id: string; event: string; state: string };

/** The most webhooks of a workspace: all of them are one page. */
const webhooksMax = 1000;

export const webhooksQuery = queryOptions({
  queryKey: ['webhooks', 'list'],
  queryFn: async ({ signal }) => ((await get('/api/2.0/mlflow/webhooks', { query: { max_results: webhooksMax }, signal })).webhooks ?? []) as Webhook[],
});

export function webhookQuery(id: string) {
  return queryOptions({
    queryKey: ['webhooks', 'one', id],
    queryFn: async ({ signal }) => (await get('/api/2.0/mlflow/webhooks/{webhook_id}', { path: { webhook_id: id }, signal })).webhook as Webhook,
  });
}

/** What was sent to a webhook, the newest first, page by page. Asked anew every few seconds: deliveries are tried again by themselves. */
export function deliveriesQuery(id: string) {
  return infiniteQueryOptions({
    queryKey: ['webhooks', 'deliveries', id],
    queryFn: async ({ pageParam, signal }) => {
      const page = await get('/api/slipway/v1/webhooks/{webhook_id}/deliveries', { path: { webhook_id: id }, query: given({ page_token: pageParam }), signal });
      return { deliveries: (page.deliveries ?? []) as Delivery[], dropped: page.dropped ?? 0, next: page.next_page_token };
    },
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next,
    refetchInterval: 4_000,
  });
}
