import { MutationCache, QueryCache, QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { Problem } from '../api/client';
import '../ui/tokens.css';
import '../ui/base.css';
import '../ui/ui.css';
import './shell.css';
import { toastProblem } from '../ui/Toasts';
import { ofMlflow } from './mlflowLinks';
import { router } from './router';

function signIn(problem: unknown): boolean {
  if (!(problem instanceof Problem && problem.isSignedOut)) return false;
  location.assign(`/signin?next=${encodeURIComponent(location.pathname + location.search)}`);
  return true;
}

const queries = new QueryClient({
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

// MLflow's clients print links of its own pages.
const moved = ofMlflow(location.hash);
if (moved !== null) history.replaceState(null, '', moved);

createRoot(document.getElementById('root')!).render(
  <StrictMode>
    <QueryClientProvider client={queries}>
      <RouterProvider router={router} />
    </QueryClientProvider>
  </StrictMode>,
);
