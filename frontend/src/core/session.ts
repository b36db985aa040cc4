import { flag } from './flag';
import type { Problem } from './problem';

/** Told to the window when a session that the gateway had refused is open again. */
export const SESSION_OPENED = 'ob-session-opened';

/** Whether the gateway no longer knows who we are, and somebody is asked to go on. */
export const sessionRefused = flag();

/** Whether that was put off: what works on by itself does not ask again. */
export const sessionPutOff = flag();

/** Hear of every refusal; those that mean "who are you?" end the session. */
export function noteRefusal(problem: Problem): void {
  if (problem.status === 401 && !sessionPutOff.now()) sessionRefused.set(true);
}

/** Somebody wants to look at the page first. */
export function putOff(): void {
  sessionRefused.set(false);
  sessionPutOff.set(true);
}

/** Somebody wants to go on after all. */
export function askAgain(): void {
  sessionPutOff.set(false);
  sessionRefused.set(true);
}

/** Somebody wants what needs a session: when that is refused they are asked. */
export function wantSession(): void {
  sessionPutOff.set(false);
}

/** A session is open: whoever waits for it goes on. */
export function noteSessionOpened(): void {
  sessionRefused.set(false);
  sessionPutOff.set(false);
  window.dispatchEvent(new Event(SESSION_OPENED));
}
