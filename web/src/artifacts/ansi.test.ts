import { expect, test } from 'vitest';
import { plainText } from './ansi';

test('colours go, and a progress bar is its last state', () => {
  expect(plainText('\u001b[32mok\u001b[0m \u001b[1;31mred\u001b[0m')).toBe('ok red');
  expect(plainText('10%\r50%\r100%\ndone\r\nend')).toBe('100%\ndone\nend');
  expect(plainText('\u001b]0;title\u0007x')).toBe('x');
  expect(plainText('half\r')).toBe('half');
});
