import { queryOptions } from '@tanstack/react-query';
import { get, type Wire } from '../api/client';

/** A report as the server answers it. */
export type Report = Wire['Report'];

/** One page of those whose title holds a text. */
export function reportsPage(text: string, deleted: boolean, token: string | undefined) {
  return queryOptions({
    queryKey: ['reports', 'page', text, deleted, token],
    queryFn: async ({ signal }) => {
      const page = await get('/api/slipway/v1/reports', { query: { q: text || undefined, deleted: deleted || undefined, page_token: token } as never, signal });
      return { reports: page.reports ?? [], next: page.next_page_token };
    },
  });
}

/** One report with its text; of an older version, that one's title and text. */
export function reportQuery(id: string, version?: number) {
  return queryOptions({
    queryKey: ['report', id, version ?? 'newest'],
    queryFn: async ({ signal }): Promise<Report> => {
      const report = await get('/api/slipway/v1/reports/{id}', { path: { id } as never, signal });
      if (version === undefined || version === report.version) return report;
      const old = await get('/api/slipway/v1/reports/{id}/versions/{version}', { path: { id, version } as never, signal });
      return { ...report, title: old.title ?? report.title ?? '', text: old.text ?? '' };
    },
  });
}

/** The versions that are kept, the newest first. */
export function versionsQuery(id: string) {
  return queryOptions({ queryKey: ['report', id, 'versions'], queryFn: async ({ signal }) => (await get('/api/slipway/v1/reports/{id}/versions', { path: { id } as never, signal })).versions ?? [] });
}
