import { expect, test } from 'vitest';
import { columnsText, readColumns } from './logColumns';
import { stickyOf, stickyParts } from './sticky';

test('columns are written one a line and read back, names with spaces too', () => {
  const columns = { ssn: 'drop', 'full name': 'mask' };
  expect(readColumns(columnsText(columns))).toEqual(columns);
  expect(readColumns('\n  email   hash \n')).toEqual({ email: 'hash' });
  expect(readColumns('')).toEqual({});
  for (const bad of ['email', 'email burn', 'drop']) expect(readColumns(bad)).toBeNull();
});

test('a sticky key is one of three kinds or none', () => {
  for (const sticky of [{ header: 'x-user' }, { column: 'customer' }, { json: '/user/id' }, {}]) {
    const { kind, value } = stickyParts(sticky);
    expect(stickyOf(kind, value)).toEqual(sticky);
  }
  expect(stickyParts(null)).toEqual({ kind: '', value: '' });
});
