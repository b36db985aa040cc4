import { beforeEach, expect, it, vi } from 'vitest';
import { Problem } from './problem';
import {
  askAgain,
  noteRefusal,
  noteSessionOpened,
  putOff,
  sessionPutOff,
  sessionRefused,
  wantSession,
} from './session';

const refuse = () => noteRefusal(new Problem('session_invalid', { status: 401 }));
const asked = () => [sessionRefused.now(), sessionPutOff.now()];

beforeEach(() => {
  vi.stubGlobal('window', new EventTarget());
  noteSessionOpened();
});

it('asks once, and not again when it was put off', () => {
  refuse();
  expect(asked()).toEqual([true, false]);
  putOff();
  refuse();
  expect(asked()).toEqual([false, true]);
});

it.each([
  ['goes on after all', askAgain],
  ['wants what needs a session', () => [wantSession(), refuse()]],
])('asks again who %s', (_, act) => {
  refuse();
  putOff();
  act();
  expect(asked()).toEqual([true, false]);
  noteSessionOpened();
  expect(asked()).toEqual([false, false]);
});
