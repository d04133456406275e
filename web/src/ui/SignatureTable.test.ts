import { expect, test } from 'vitest';
import { shapeText } from './SignatureTable';

test('shapes are read as sizes, and what is no shape stays as it is', () => {
  expect(shapeText('["batch",3]')).toBe('batch × 3');
  expect(shapeText('[-1,28,28]')).toBe('? × 28 × 28');
  expect(shapeText('[]')).toBe('one value');
  expect(shapeText('0.5')).toBe('0.5');
  expect(shapeText('[1,')).toBe('[1,');
  expect(shapeText(undefined)).toBeUndefined();
});
