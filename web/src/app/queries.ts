import { MutationCache, QueryCache, QueryClient } from '@tanstack/react-query';
import { Problem } from '../api/client';
import { toastProblem } from '../ui/Toasts';

function signIn(problem: unknown): boolean {
  if (!(problem instanceof Problem && problem.isSignedOut)) return false;
  location.assign(`/signin?next=${encodeURIComponent(location.pathname + location.search)}`);
  return true;
}

/** What the server answered, for all pages. */
export const queries = new QueryClient({
  queryCache: new QueryCache({ onError: (problem) => void signIn(problem) }),
  // A form that shows what was refused beside its field says so with `silent`.
  mutationCache: new MutationCache({ onError: (problem, _, __, mutation) => void (signIn(problem) || mutation.meta?.silent || toastProblem(problem)) }),
  defaultOptions: {
    queries: {
      staleTime: 5_000,
      // What was refused stays refused; a server that is away may come back.
      retry: (count, problem) => count < 2 && problem instanceof Problem && (problem.isOffline || problem.status >= 500),
    },
  },
});
