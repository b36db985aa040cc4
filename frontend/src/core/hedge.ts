/**
 * Ask, and after each silence of `everyMs` once more beside it, up to `times` in all; what settles first counts. A
 * connection that stood when the network went away may be dead and never say so: another one may be alive.
 */
export function hedge<T>(ask: () => Promise<T>, everyMs: number, times: number): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const first = new Promise<T>((resolve, reject) => {
    const askAgain = (left: number) => {
      ask().then(resolve, reject);
      if (left > 1) timer = setTimeout(askAgain, everyMs, left - 1);
    };
    askAgain(times);
  });
  return first.finally(() => clearTimeout(timer));
}
