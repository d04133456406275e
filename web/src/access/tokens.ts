import { infiniteQueryOptions } from '@tanstack/react-query';
import { get } from '../api/client';
import { given } from '../api/given';
import type { Token } from './access';

const day = 86_400_000;

/** Tokens that end within so many days are marked. */
export const soonDays = 14;

/** What deserves a look about a token. */
export interface Mark {
  text: string;
  look: 'bad' | 'warn' | '';
}

/** What deserves a look: ended, ends soon, outlives its purpose, nobody uses it. */
export function marks(token: Pick<Token, 'created_ms' | 'expires_ms' | 'used_ms'>, now: number): readonly Mark[] {
  const found: Mark[] = [];
  const left = token.expires_ms === undefined ? Infinity : token.expires_ms - now;
  if (left <= 0) return [{ text: 'Expired', look: 'bad' }];
  if (left <= soonDays * day) found.push({ text: left < day ? 'Expires today' : `Expires in ${Math.floor(left / day)} d`, look: 'warn' });
  if (left > 366 * day) found.push({ text: 'Good for years', look: 'warn' });
  if (token.used_ms === undefined) found.push({ text: 'Never used', look: now - token.created_ms > 90 * day ? 'warn' : '' });
  else if (now - token.used_ms > 90 * day) found.push({ text: 'Unused for long', look: 'warn' });
  return found;
}

const dayText = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium' });

/** Until when: `in 5 h`, `in 89 days`, and from a year on the day itself. */
export function until(at: number, now: number): string {
  const left = at - now;
  if (left <= 0) return 'expired';
  if (left < day) return `in ${Math.max(1, Math.floor(left / 3_600_000))} h`;
  const days = Math.floor(left / day);
  return days > 366 ? dayText.format(at) : days === 1 ? 'in a day' : `in ${days} days`;
}

const pageMax = 1_000;

/** One's own tokens, or everybody's page by page. */
export function tokensQuery(all: boolean) {
  return infiniteQueryOptions({
    queryKey: ['tokens', all],
    queryFn: async ({ pageParam, signal }) => ((await get('/api/slipway/v1/access/tokens', { query: all ? given({ all, after: pageParam }) : {}, signal })).tokens ?? []) as Token[],
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => (!all || last.length < pageMax ? undefined : last.at(-1)!.id),
  });
}

/** Lines that use a new token. */
export function lines(language: 'Python' | '.NET' | 'Command line', origin: string, token: string, workspace: string | undefined): string {
  const where = workspace === undefined || workspace === 'default' ? [] : [workspace];
  switch (language) {
    case 'Python':
      return [`export MLFLOW_TRACKING_URI=${origin}`, `export MLFLOW_TRACKING_TOKEN=${token}`, ...where.map((name) => `export MLFLOW_WORKSPACE=${name}`)].join('\n');
    case '.NET':
      return [`using var slipway = new SlipwayClient(new()`, '{', `    Url = new("${origin}"),`, `    Token = "${token}",`, ...where.map((name) => `    Workspace = "${name}",`), '});'].join('\n');
    case 'Command line':
      return [`export SLIPWAY_URL=${origin}`, `export SLIPWAY_TOKEN=${token}`, ...where.map((name) => `export SLIPWAY_WORKSPACE=${name}`), 'slipway experiments list'].join('\n');
  }
}
