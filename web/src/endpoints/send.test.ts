import { expect, test } from 'vitest';
import { laidOut, readTiming } from './send';

test('times of phases are read, whatever else the header says', () => {
  expect(readTiming('parse;dur=0.004, queue;desc="x";dur=0.001, run;dur=0.012, odd, bad;dur=x')).toEqual([
    { name: 'parse', ms: 0.004 },
    { name: 'queue', ms: 0.001 },
    { name: 'run', ms: 0.012 },
  ]);
  expect(readTiming(null)).toEqual([]);
});

test('answers are laid out, rows stay in one line, and what is no JSON stays itself', () => {
  expect(laidOut('{"predictions":[[0.1,0.9]],"a":{}}')).toBe('{\n  "predictions": [\n    [0.1, 0.9]\n  ],\n  "a": {}\n}');
  expect(laidOut('{"predictions": [NaN]}')).toBe('{"predictions": [NaN]}');
});
