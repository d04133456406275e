import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import '../ui/tokens.css';
import '../ui/base.css';
import '../ui/ui.css';
import './shell.css';
import { ofMlflow } from './mlflowLinks';
import { queries } from './queries';
import { router } from './router';

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
