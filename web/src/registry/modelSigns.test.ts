import { expect, test } from 'vitest';
import { worstFirst } from './ModelSigns';

test('what is unsafe is said before what is suspicious, the newest first', () => {
  const found = [
    { version: '2', status: 'suspicious' },
    { version: '9', status: 'unsafe' },
    { version: '10', status: 'unsafe' },
  ];
  expect(worstFirst(found).map(({ version }) => version)).toEqual(['10', '9', '2']);
});
