import { expect, test } from 'vitest';
import { stepsOf } from './explanation';

test('steps lead from the base to the prediction, the largest first', () => {
  const { steps, span } = stepsOf({ base: 0.2, prediction: 0.5, attributions: [{ name: 'a', value: 1, attribution: -0.1 }, { name: 'b', value: 'x', attribution: 0.4 }] });
  expect(steps.map(({ name, from, to }) => [name, from, Number(to.toFixed(9))])).toEqual([
    ['b', 0.2, 0.6],
    ['a', 0.6000000000000001, 0.5],
  ]);
  expect(span.from).toBe(0.2);
  expect(span.to).toBeCloseTo(0.6);
});

test('many columns: the small ones are one step, and nothing of the sum is lost', () => {
  const { steps } = stepsOf({ base: 1, attributions: Array.from({ length: 40 }, (_, at) => ({ name: `c${at}`, attribution: at / 100 })) });
  expect(steps).toHaveLength(16);
  expect(steps.at(-1)!.name).toBe('25 others');
  expect(steps.at(-1)!.to).toBeCloseTo(1 + (39 * 40) / 200);
});

test('a prediction that no column moves has a span all the same', () => expect(stepsOf({ base: 3, attributions: [] }).span).toEqual({ from: 2.5, to: 3.5 }));
