/** The address of a job, on the page at `path`: it is shown there, over reloads too. */
export function jobPath(path: string, id: string): string {
  return `${path}?job=${encodeURIComponent(id)}`;
}

/** The job that an address asks for, by its search. */
export function jobIn(search: string): string | null {
  return new URLSearchParams(search).get('job');
}
