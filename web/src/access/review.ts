import { queryOptions } from '@tanstack/react-query';
import { get, Problem, send, type Wire } from '../api/client';
import type { ReviewItem } from './security';

/** What is weak: the installation's own list; of a server that has none yet, what its accounts and tokens come to. */
export const reviewQuery = queryOptions({
  queryKey: ['installation', 'review'],
  queryFn: async ({ signal }): Promise<readonly ReviewItem[]> => {
    try {
      const answer = await send('/api/slipway/v1/installation/review', { signal });
      return ((await answer.json()) as { items?: ReviewItem[] }).items ?? [];
    } catch (problem) {
      if (!(problem instanceof Problem && problem.status === 404)) throw problem;
      return accounts(await get('/api/slipway/v1/access/review', { signal }));
    }
  },
});

/** A review of accounts and tokens as items. */
export function accounts(review: Wire['AccessReview']): readonly ReviewItem[] {
  const tokens = (all: readonly Wire['ReviewedToken'][] = []) => all.map((token) => `${token.name} of ${token.owner}`).join(', ');
  return [
    (review.administrators ?? 0) > 0
      ? { id: 'administrator', severity: 'ok', title: 'Administrators', what: `${review.administrators} may do everything in the installation.` }
      : { id: 'administrator', severity: 'high', title: 'Administrators', what: 'There is none.', why: 'Where people sign in, the link of the first start is still open.', mend: 'Use it, or restart for a new one.' },
    several('accounts', 'low', 'Accounts', 'Every account can sign in.', review.cannot_sign_in_count, 'can never sign in', (review.cannot_sign_in ?? []).join(', '), 'Remove them, or give them a password or a token.'),
    several('token-life', 'medium', 'Tokens that last long', 'Every token expires within a year.', review.lasting_tokens_count, 'are good for more than a year', tokens(review.lasting_tokens), 'Make shorter ones in their place, and revoke them.'),
    several('unused-tokens', 'low', 'Tokens that nobody uses', 'Every token is in use.', review.unused_tokens_count, 'were not used for 90 days', tokens(review.unused_tokens), 'Revoke them.'),
  ];
}

function several(id: string, severity: string, title: string, sound: string, many: number | undefined, what: string, named: string, mend: string): ReviewItem {
  return (many ?? 0) === 0 ? { id, severity: 'ok', title, what: sound } : { id, severity, title, what: `${many} ${what}: ${named}.`, mend };
}
