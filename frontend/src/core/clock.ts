let offsetMs = 0;

/** Learn the server's clock from the `server_time` of an answer that has just arrived. */
export function noteServerTime(serverTime: string, nowMs = Date.now()): void {
  const at = Date.parse(serverTime);
  if (Number.isFinite(at)) offsetMs = at - nowMs;
}

/** Now, in milliseconds, by the server's clock. */
export function serverNow(nowMs = Date.now()): number {
  return nowMs + offsetMs;
}
