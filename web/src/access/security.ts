import type { Wire } from '../api/client';

/** One thing that was looked at. */
export interface Finding {
  what: string;
  weak: boolean;
  why?: string;
  /** What to do about it, and where. */
  mend?: string;
  to?: '/settings/members' | '/settings/tokens' | '/settings/workspaces';
  named?: readonly string[];
  more?: number;
}

/** What a review of accounts and tokens comes to. */
export function findings(review: Wire['AccessReview'], singleUser: boolean, othersHere: boolean, secure: boolean, loopback: boolean): readonly Finding[] {
  const administrators = review.administrators ?? 0;
  const found: Finding[] = [];
  found.push(
    singleUser
      ? loopback
        ? othersHere
          ? { what: 'Nobody signs in, and other people have an account on this machine.', weak: true, why: 'They reach the port like you do, and may do everything.', mend: 'Start the server with --access-mode people.' }
          : { what: 'Nobody signs in; the address is on loopback, which only this machine reaches.', weak: false }
        : { what: 'Nobody signs in, and the server was reached over a network.', weak: true, why: 'Whoever reaches the port may read, change and delete everything.', mend: 'Start the server with --access-mode people, or bind it to 127.0.0.1.' }
      : { what: 'People sign in.', weak: false },
  );
  found.push(
    secure || loopback
      ? { what: secure ? 'This page came over HTTPS.' : 'This page came over loopback, where nobody listens in.', weak: false }
      : { what: 'This page came over plain HTTP.', weak: true, why: 'Whoever is on the way reads passwords, tokens and data.', mend: 'Give the server a certificate, or put a proxy with HTTPS before it.' },
  );
  if (singleUser) return found;
  found.push(
    administrators === 0
      ? { what: 'There is no administrator: the set-up link is still open.', weak: true, why: 'Whoever gets hold of the link becomes the administrator.', mend: 'Use the link that the start printed, or restart for a new one.' }
      : administrators === 1
        ? { what: 'One account administers the installation.', weak: true, why: 'Nobody can help when its password is lost.', mend: 'Make a second administrator.', to: '/settings/members' }
        : { what: `${administrators} accounts administer the installation.`, weak: false },
  );
  found.push(several('Every account can sign in.', review.cannot_sign_in_count, 'account can', 'accounts can', 'never sign in.', 'An account that nobody uses keeps its roles, and nobody notices when somebody gets a password for it.', 'Remove it, or give it a password or a token.', '/settings/members', review.cannot_sign_in ?? []));
  found.push(
    several('Every token expires within a year.', review.lasting_tokens_count, 'token is', 'tokens are', 'good for more than a year.', 'One that leaked works for whoever found it until it expires.', 'Make a shorter one in its place, and revoke it.', '/settings/tokens', named(review.lasting_tokens)),
  );
  found.push(several('Every token is in use.', review.unused_tokens_count, 'token was', 'tokens were', 'not used for 90 days.', 'What nobody needs can only be misused.', 'Revoke it.', '/settings/tokens', named(review.unused_tokens)));
  return found;
}

function named(tokens: readonly Wire['ReviewedToken'][] | undefined): readonly string[] {
  return (tokens ?? []).map((token) => `${token.name} of ${token.owner}`);
}

function several(good: string, many: number | undefined, one: string, more: string, bad: string, why: string, mend: string, to: '/settings/members' | '/settings/tokens', names: readonly string[]): Finding {
  const number = many ?? 0;
  return number === 0 ? { what: good, weak: false } : { what: `${number} ${number === 1 ? one : more} ${bad}`, weak: true, why, mend, to, named: names, more: Math.max(0, number - names.length) };
}
