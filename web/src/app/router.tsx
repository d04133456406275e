import { createRootRoute, createRoute, createRouter, lazyRouteComponent, Link } from '@tanstack/react-router';
import { Empty, Failed, Loading } from '../ui/States';
import { compareSearch } from '../compare/search';
import type { ExperimentsSearch } from '../tracking/ExperimentsPage';
import { Shell } from './Shell';

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : typeof value === 'number' ? String(value) : undefined;
}

const root = createRootRoute({
  component: Shell,
  notFoundComponent: () => (
    <Empty title="There is no such page">
      <p>
        The address may be mistyped, or what it names is gone. <Link to="/">Home</Link> knows the rest.
      </p>
    </Empty>
  ),
});

const routes = [
  createRoute({ getParentRoute: () => root, path: '/', component: lazyRouteComponent(() => import('../home/HomePage'), 'HomePage') }),
  createRoute({
    getParentRoute: () => root,
    path: '/experiments',
    validateSearch: (search: Record<string, unknown>): ExperimentsSearch => ({ q: text(search.q), deleted: search.deleted === true || undefined }),
    component: lazyRouteComponent(() => import('../tracking/ExperimentsPage'), 'ExperimentsPage'),
  }),
  createRoute({ getParentRoute: () => root, path: '/experiments/$ids', component: lazyRouteComponent(() => import('../tracking/RunsPage'), 'RunsPage') }),
  createRoute({ getParentRoute: () => root, path: '/compare', validateSearch: compareSearch, component: lazyRouteComponent(() => import('../compare/ComparePage'), 'ComparePage') }),
  createRoute({ getParentRoute: () => root, path: '/runs/$runId', component: lazyRouteComponent(() => import('../tracking/RunPage'), 'RunPage') }),
];

/** Every page, by its address. Pages are loaded when they are first gone to. */
export const router = createRouter({
  routeTree: root.addChildren(routes),
  defaultPreload: 'intent',
  scrollRestoration: true,
  defaultPendingComponent: () => (
    <div className="page">
      <Loading lines={6} />
    </div>
  ),
  defaultErrorComponent: ({ error, reset }) => (
    <div className="page">
      <Failed problem={error} retry={reset} />
    </div>
  ),
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
