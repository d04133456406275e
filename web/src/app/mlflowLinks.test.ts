import { expect, test } from 'vitest';
import { ofMlflow } from './mlflowLinks';

test.each([
  ['#/experiments/3/runs/abc123', '/runs/abc123'],
  ['#/experiments/3/runs/abc123/artifacts', '/runs/abc123'],
  ['#/experiments/3', '/experiments/3'],
  ['#/experiments/3?searchFilter=x', '/experiments/3'],
  ['#/experiments', '/experiments'],
  ['#/', '/'],
  ['#section', null],
  ['', null],
  ['#/experiments/javascript:alert(1)', '/experiments'],
])('%s leads to %s', (hash, page) => expect(ofMlflow(hash)).toBe(page));
