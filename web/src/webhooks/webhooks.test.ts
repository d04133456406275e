import { expect, test } from 'vitest';
import { pretty, stateOf, subjectOf } from './deliveryState';
import { eventGroups, eventName, eventOf, eventText } from './eventWords';

test('kinds of change have words, each once, and come back from their names', () => {
  const all = eventGroups.flatMap((group) => group.events);
  expect(new Set(all.map((one) => one.event)).size).toBe(all.length);
  for (const { event, what } of all) {
    expect(eventName(eventOf(event))).toBe(event);
    expect(eventText(event.toLowerCase())).toBe(what);
  }
  expect(eventText('SOMETHING_NEW.MADE')).toBe('something new: made');
});

test('a delivery says how it stands', () => {
  const base = { delivery_id: 'd', event: 'registered_model.created' };
  expect(stateOf({ ...base, state: 'DELIVERED', attempts: 1, response_status: 200 })).toEqual({ look: 'good', text: 'delivered', detail: 'answered 200' });
  expect(stateOf({ ...base, state: 'GIVEN_UP', attempts: 8, response_status: 503 })).toEqual({ look: 'bad', text: 'given up', detail: 'answered 503, 8 attempts' });
  expect(stateOf({ ...base, state: 'WAITING', attempts: 0 })).toEqual({ look: '', text: 'waiting', detail: 'not tried yet' });
  expect(stateOf({ ...base, state: 'WAITING', attempts: 1, error_message: 'refused' })).toEqual({ look: 'warn', text: 'trying again', detail: 'refused, 1 attempt' });
});

test('a delivery says what it is about, whatever its body', () => {
  expect(subjectOf('{"data":{"name":"flights","version":"3","alias":"champion"}}')).toBe('flights 3 @champion');
  for (const body of [undefined, '', '[', 'null', '{}', '{"data":{"name":{}}}']) expect(subjectOf(body)).toBe('');
});

test('an answer that is no JSON stays as it came', () => {
  expect(pretty('{"a":1}')).toBe('{\n  "a": 1\n}');
  expect(pretty('<script>alert(1)</script>')).toBe('<script>alert(1)</script>');
});
