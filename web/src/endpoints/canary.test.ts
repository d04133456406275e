import { expect, test } from 'vitest';
import { evidenceShare } from './canary';

test('evidence is nought at one, one at its limit, and never outside of them', () => {
  expect(evidenceShare({ evidence: 1, limit: 60 })).toBe(0);
  expect(evidenceShare({ evidence: 60, limit: 60 })).toBeCloseTo(1);
  expect(evidenceShare({ evidence: 1e9, limit: 60 })).toBe(1);
  expect(evidenceShare({ evidence: 0.01, limit: 60 })).toBe(0);
  expect(evidenceShare({ evidence: Math.sqrt(60), limit: 60 })).toBeCloseTo(0.5);
});

test('a test that has no numbers yet shows nothing', () => {
  expect(evidenceShare({})).toBe(0);
  expect(evidenceShare({ evidence: Number.NaN, limit: 60 })).toBe(0);
  expect(evidenceShare({ evidence: 5, limit: 1 })).toBe(0);
});
