import { expect, test } from 'vitest';
import { troubleOf } from './trouble';

const now = 1_800_000_000_000;

test('what fails comes before what went back, and what serves in peace is no trouble', () => {
  expect(troubleOf({ name: 'e', state: 'serving', arms: [{ name: 'a', model: 'm' }] }, now)).toBeNull();
  expect(troubleOf({ name: 'e', state: 'failed', arms: [{ name: 'a', model: 'm', problem: 'corrupt' }], canary: { state: 'rolled_back', ended_ms: now } }, now)?.text).toBe('corrupt');
  expect(troubleOf({ name: 'e', state: 'serving', canary: { state: 'rolled_back', reason: 'more errors', ended_ms: now - 1 } }, now)).toMatchObject({ text: 'more errors', canary: true });
  expect(troubleOf({ name: 'e', state: 'serving', canary: { state: 'rolled_back', reason: 'old', ended_ms: 1 } }, now)).toBeNull();
  expect(troubleOf({ name: 'e', state: 'serving', arms: [{ name: 'a', model: 'm', held: { version: '8' } }] }, now)?.text).toContain('version 8');
});
