export const AGAIN_MS = 3_000;

/** Load something until it comes. */
export async function insist<T>(load: () => Promise<T>, pauseMs = AGAIN_MS): Promise<T> {
  for (;;) {
    try {
      return await load();
    } catch {
      await new Promise((done) => setTimeout(done, pauseMs));
    }
  }
}
