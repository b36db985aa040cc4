import { flag } from './flag';
import type { Problem } from './problem';

/** Told to the window when a session that the gateway had refused is open again. */
export const SESSION_OPENED = 'ob-session-opened';

/** Whether the gateway no longer knows who we are. */
export const sessionRefused = flag();

/** Hear of every refusal; those that mean "who are you?" end the session. */
export function noteRefusal(problem: Problem): void {
  if (problem.status === 401) sessionRefused.set(true);
}

/** Somebody wants to look at the page first; the next thing that needs a session asks again. */
export function putOff(): void {
  sessionRefused.set(false);
}

/** A session is open: whoever waits for it goes on. */
export function noteSessionOpened(): void {
  sessionRefused.set(false);
  window.dispatchEvent(new Event(SESSION_OPENED));
}
