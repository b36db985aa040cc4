let last = '';

/** Learn the gateway's name of a request that has just been answered: it is what its logs know it by. */
export function noteRequest(id: string | null): void {
  if (id) last = id;
}

export function lastRequest(): string {
  return last;
}
