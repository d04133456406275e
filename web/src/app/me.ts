import { queryOptions, useQuery } from '@tanstack/react-query';
import { get, type Wire } from '../api/client';

/** Who the server takes this browser for. */
export const meQuery = queryOptions({
  queryKey: ['me'],
  queryFn: ({ signal }) => get('/api/slipway/v1/access/me', { signal }),
  staleTime: 60_000,
});

/** Whether a right is had; pages leave out what would be refused anyway. The server decides. */
export function useMay(): (right: string) => boolean {
  const me = useQuery(meQuery).data;
  return (right) => me?.administrator === true || me?.single_user === true || (me?.rights ?? []).includes(right);
}

export type Me = Wire['WhoAmI'];
