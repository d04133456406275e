import { createRootRoute, createRoute, createRouter, lazyRouteComponent, Link } from '@tanstack/react-router';
import { reportSearch, reportsSearch } from '../reports/search';
import { modelSearch, modelsSearch, versionSearch, versionsSearch } from '../registry/search';
import { Empty, Failed, Loading } from '../ui/States';
import { compareSearch } from '../compare/search';
import type { MembersSearch } from '../access/MembersPage';
import type { TokensSearch } from '../access/TokensPage';
import type { AuditSearch } from '../events/filters';
import type { ExperimentsSearch } from '../tracking/ExperimentsPage';
import { runsSearch, viewOf } from '../tracking/runsView';
import { runQuery } from '../tracking/runs';
import { runSearch } from '../tracking/runSearch';
import { queries } from './queries';
import { approvalsSearch, policySearch } from '../gates/search';
import { jobsSearch } from '../jobs/search';
import { lineageSearch } from '../lineage/search';
import { endpointSearch, endpointsSearch } from '../endpoints/search';
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
  createRoute({
    getParentRoute: () => root,
    path: '/experiments/$ids',
    validateSearch: runsSearch,
    loaderDeps: ({ search }) => search,
    loader: ({ params, deps, preload }) => {
      if (!preload) void import('../tracking/runQueries').then(({ orderQuery }) => queries.prefetchQuery(orderQuery(params.ids.split(',').filter((id) => id !== ''), viewOf(deps))));
    },
    component: lazyRouteComponent(() => import('../tracking/RunsPage'), 'RunsPage'),
  }),
  createRoute({ getParentRoute: () => root, path: '/compare', validateSearch: compareSearch, component: lazyRouteComponent(() => import('../compare/ComparePage'), 'ComparePage') }),
  createRoute({ getParentRoute: () => root, path: '/reports', validateSearch: reportsSearch, component: lazyRouteComponent(() => import('../reports/ReportsPage'), 'ReportsPage') }),
  createRoute({ getParentRoute: () => root, path: '/reports/$id', validateSearch: reportSearch, component: lazyRouteComponent(() => import('../reports/ReportPage'), 'ReportPage') }),
  createRoute({ getParentRoute: () => root, path: '/reports/$id/edit', component: lazyRouteComponent(() => import('../reports/ReportEditPage'), 'ReportEditPage') }),
  createRoute({ getParentRoute: () => root, path: '/approvals', validateSearch: approvalsSearch, component: lazyRouteComponent(() => import('../gates/ApprovalsPage'), 'ApprovalsPage') }),
  createRoute({ getParentRoute: () => root, path: '/approvals/$id', component: lazyRouteComponent(() => import('../gates/ApprovalPage'), 'ApprovalPage') }),
  createRoute({ getParentRoute: () => root, path: '/jobs', validateSearch: jobsSearch, component: lazyRouteComponent(() => import('../jobs/JobsPage'), 'JobsPage') }),
  createRoute({ getParentRoute: () => root, path: '/lineage', validateSearch: lineageSearch, component: lazyRouteComponent(() => import('../lineage/LineagePage'), 'LineagePage') }),
  createRoute({ getParentRoute: () => root, path: '/endpoints', validateSearch: endpointsSearch, component: lazyRouteComponent(() => import('../endpoints/EndpointsPage'), 'EndpointsPage') }),
  createRoute({ getParentRoute: () => root, path: '/endpoints/$name', validateSearch: endpointSearch, component: lazyRouteComponent(() => import('../endpoints/EndpointPage'), 'EndpointPage') }),
  createRoute({ getParentRoute: () => root, path: '/models', validateSearch: modelsSearch, component: lazyRouteComponent(() => import('../registry/ModelsPage'), 'ModelsPage') }),
  createRoute({ getParentRoute: () => root, path: '/models/$name', validateSearch: modelSearch, component: lazyRouteComponent(() => import('../registry/ModelPage'), 'ModelPage') }),
  createRoute({ getParentRoute: () => root, path: '/models/$name/compare', validateSearch: versionsSearch, component: lazyRouteComponent(() => import('../registry/VersionsComparePage'), 'VersionsComparePage') }),
  createRoute({ getParentRoute: () => root, path: '/models/$name/versions/$version', validateSearch: versionSearch, component: lazyRouteComponent(() => import('../registry/VersionPage'), 'VersionPage') }),
  createRoute({
    getParentRoute: () => root,
    path: '/runs/$runId',
    validateSearch: runSearch,
    loaderDeps: ({ search: { tab } }) => ({ tab }),
    // What the page asks first is asked while its code comes; the tab that is shown first comes with it.
    loader: async ({ params, deps, preload }) => {
      if (!preload) void queries.prefetchQuery(runQuery(params.runId));
      await (await import('../tracking/RunPage')).tabAhead(deps.tab);
    },
    component: lazyRouteComponent(() => import('../tracking/RunPage'), 'RunPage'),
  }),
];

const settings = createRoute({ getParentRoute: () => root, path: '/settings', component: lazyRouteComponent(() => import('../access/SettingsPage'), 'SettingsPage') });

const settingsRoutes = [
  createRoute({
    getParentRoute: () => settings,
    path: '/',
    validateSearch: (search: Record<string, unknown>): { password?: boolean } => (search.password === true ? { password: true } : {}),
    component: lazyRouteComponent(() => import('../access/AccountPage'), 'AccountPage'),
  }),
  createRoute({
    getParentRoute: () => settings,
    path: '/tokens',
    validateSearch: (search: Record<string, unknown>): TokensSearch => ({ all: search.all === true || undefined, make: text(search.make) }),
    component: lazyRouteComponent(() => import('../access/TokensPage'), 'TokensPage'),
  }),
  createRoute({
    getParentRoute: () => settings,
    path: '/members',
    validateSearch: (search: Record<string, unknown>): MembersSearch => ({ q: text(search.q), kind: search.kind === 'person' || search.kind === 'service' ? search.kind : undefined }),
    component: lazyRouteComponent(() => import('../access/MembersPage'), 'MembersPage'),
  }),
  createRoute({ getParentRoute: () => settings, path: '/members/$name', component: lazyRouteComponent(() => import('../access/MemberPage'), 'MemberPage') }),
  createRoute({ getParentRoute: () => settings, path: '/groups', component: lazyRouteComponent(() => import('../access/GroupsPage'), 'GroupsPage') }),
  createRoute({ getParentRoute: () => settings, path: '/groups/$name', component: lazyRouteComponent(() => import('../access/GroupPage'), 'GroupPage') }),
  createRoute({
    getParentRoute: () => settings,
    path: '/roles',
    validateSearch: (search: Record<string, unknown>): { who?: string | undefined; experiment?: string | undefined } => ({ who: search.who === '' ? '' : text(search.who), experiment: text(search.experiment) }),
    component: lazyRouteComponent(() => import('../access/RolesPage'), 'RolesPage'),
  }),
  createRoute({
    getParentRoute: () => settings,
    path: '/audit',
    validateSearch: (search: Record<string, unknown>): AuditSearch => ({
      actor: text(search.actor),
      kind: text(search.kind),
      subject: text(search.subject),
      since: text(search.since),
      until: text(search.until),
      refused: search.refused === true || undefined,
      all: search.all === true || undefined,
      event: typeof search.event === 'number' ? search.event : undefined,
    }),
    component: lazyRouteComponent(() => import('../events/AuditPage'), 'AuditPage'),
  }),
  createRoute({
    getParentRoute: () => settings,
    path: '/personal-data',
    validateSearch: (search: Record<string, unknown>): { name?: string | undefined } => ({ name: text(search.name) }),
    component: lazyRouteComponent(() => import('../access/PersonalDataPage'), 'PersonalDataPage'),
  }),
  createRoute({ getParentRoute: () => settings, path: '/security', component: lazyRouteComponent(() => import('../access/SecurityPage'), 'SecurityPage') }),
  createRoute({ getParentRoute: () => settings, path: '/workspaces', component: lazyRouteComponent(() => import('../access/WorkspacesPage'), 'WorkspacesPage') }),
  createRoute({ getParentRoute: () => settings, path: '/secrets', component: lazyRouteComponent(() => import('../access/SecretsPage'), 'SecretsPage') }),
  createRoute({ getParentRoute: () => settings, path: '/policies', component: lazyRouteComponent(() => import('../gates/PoliciesPage'), 'PoliciesPage') }),
  createRoute({
    getParentRoute: () => settings,
    path: '/policies/$name',
    validateSearch: policySearch,
    component: lazyRouteComponent(() => import('../gates/PolicyPage'), 'PolicyPage'),
  }),
  createRoute({ getParentRoute: () => settings, path: '/webhooks', component: lazyRouteComponent(() => import('../webhooks/WebhooksPage'), 'WebhooksPage') }),
  createRoute({
    getParentRoute: () => settings,
    path: '/webhooks/$id',
    validateSearch: (search: Record<string, unknown>): { delivery?: string | undefined } => ({ delivery: text(search.delivery) }),
    component: lazyRouteComponent(() => import('../webhooks/WebhookPage'), 'WebhookPage'),
  }),
  createRoute({ getParentRoute: () => settings, path: '/about', component: lazyRouteComponent(() => import('../access/AboutPage'), 'AboutPage') }),
];

/** Every page, by its address. Pages are loaded when they are first gone to. */
export const router = createRouter({
  routeTree: root.addChildren([...routes, settings.addChildren(settingsRoutes)]),
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
