import { api } from './api';
import { flag } from './flag';
import { Problem } from './problem';
import { pauseMs } from './retry';

/** Whether the gateway was looked for and is out of reach. */
export const gatewayLost = flag();

/** Whether the gateway says anything; a refusal is an answer too. */
export async function answers(reach: () => Promise<unknown>): Promise<boolean> {
  try {
    await reach();
    return true;
  } catch (cause) {
    return Problem.from(cause).status !== 0;
  }
}

async function untilThere(reach: () => Promise<unknown>): Promise<boolean> {
  for (let failures = 0; ; failures++) {
    if (await answers(reach)) {
      gatewayLost.set(false);
      return failures === 0;
    }
    gatewayLost.set(true);
    await new Promise((done) => setTimeout(done, pauseMs(failures)));
  }
}

let looking: Promise<boolean> | null = null;

/** Look for the gateway until it is there; resolves to whether it was at once. One look serves all who want one. */
export function look(reach: () => Promise<unknown> = api.reach): Promise<boolean> {
  looking ??= untilThere(reach).finally(() => {
    looking = null;
  });
  return looking;
}
