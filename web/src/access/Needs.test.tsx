import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { cleanup, render, screen } from '@testing-library/react';
import { afterEach, expect, test } from 'vitest';
import { meQuery, type Me } from '../app/me';
import { Needs, People } from './Needs';

function show(me: Me, right: string) {
  const queries = new QueryClient();
  queries.setQueryData(meQuery.queryKey, me);
  return render(
    <QueryClientProvider client={queries}>
      <People what="are no tokens">
        <Needs right={right}>the page</Needs>
      </People>
    </QueryClientProvider>,
  );
}

afterEach(cleanup);

test('who has the right, or administers, sees the page', () => {
  show({ name: 'ann', workspace: 'default', rights: ['Audit'], administrator: false, single_user: false }, 'Audit');
  expect(screen.getByText('the page')).toBeDefined();
  cleanup();
  show({ name: 'root', workspace: 'default', rights: [], administrator: true, single_user: false }, 'Audit');
  expect(screen.getByText('the page')).toBeDefined();
});

test('everybody else sees which right is missing, where, and what role gives it', () => {
  const { container } = show({ name: 'val', workspace: 'boats', rights: ['ReadExperiments'], administrator: false, single_user: false }, 'ManageMembers');
  expect(screen.queryByText('the page')).toBeNull();
  for (const text of ['ManageMembers', 'val', 'boats', 'role admin']) expect(container.textContent).toContain(text);
});

test('a right that no role gives is the administrators’', () => {
  const { container } = show({ name: 'val', workspace: 'default', rights: [], administrator: false, single_user: false }, 'Administer');
  expect(container.textContent).toContain('Only administrators of the installation');
});

test('where nobody signs in that is said, with the command that changes it', () => {
  const { container } = show({ name: 'local', workspace: 'default', rights: [], administrator: true, single_user: true, others_here: true }, 'Audit');
  expect(screen.queryByText('the page')).toBeNull();
  expect(container.textContent).toContain('--access-mode people');
  expect(container.textContent).toContain('Other people have an account on its machine');
});
