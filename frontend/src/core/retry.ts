import { Problem } from './problem';

const LONGEST_MS = 2_000;

/** Whether asking again can help: for as long as the network or the gateway is away; a refusal stays one. */
export function worthAskingAgain(failures: number, cause: unknown): boolean {
  const { status } = Problem.from(cause);
  if (status === 0 || status >= 502) return true;
  return status >= 500 && failures < 3;
}

/** A longer wait is a break of the house, which may be over sooner than it said. */
const LONGEST_COUNTED_SECONDS = 60;

/** For how long sending again would only be refused again, in seconds. */
export function secondsToWait({ status, retryAfterSeconds }: Problem): number {
  const seconds = retryAfterSeconds ?? 0;
  return status === 429 || seconds <= LONGEST_COUNTED_SECONDS ? seconds : 0;
}

/** The pause before the next attempt: short, so that what comes back is noticed within seconds. */
export function pauseMs(failures: number, random = Math.random): number {
  return Math.min(LONGEST_MS, 500 * 2 ** failures) * (0.75 + random() / 4);
}
