import { expect, test } from 'vitest';
import { kindsToChoose, phrase, placeOf } from './words';

test.each([
  ['run/0198', '/runs/0198'],
  ['experiment/7', '/experiments/7'],
  ['experiment/7,8', null],
  ['person/a+b@c', '/settings/members/a%2Bb%40c'],
  ['person/erased', null],
  ['POST /api/2.0/mlflow/experiments/create', null],
  ['javascript:alert(1)', null],
  ['artifact/a/b', null],
])('%s is shown at %s', (subject, place) => expect(placeOf(subject)).toBe(place));

test('a kind that is not known is readable', () => expect(phrase('pipeline_step.run_again')).toBe('run again the pipeline step'));

test('no choice of kinds stands there twice', () => expect(new Set(kindsToChoose.map((one) => one.kind)).size).toBe(kindsToChoose.length));
