import { noteRequest } from './last-request';
import { Problem } from './problem';
import { noteRefusal } from './session';

export const BASE = '/v1';

/** How long one request may take, body and all: a network that swallows bytes never says so. */
export const PATIENCE_MS = 6_000;

/** Why nothing came back. */
export function unreachable(code = 'connection_lost'): Problem {
  return new Problem(navigator.onLine === false ? 'offline' : code);
}

/** The text of an answer; a refusal, a lost connection and a silence are thrown as problems. */
export async function ask(path: string, init: RequestInit = {}, patienceMs = PATIENCE_MS): Promise<string> {
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(), patienceMs);
  let response: Response;
  let text: string;
  try {
    response = await fetch(BASE + path, { credentials: 'same-origin', ...init, signal: limit.signal });
    text = await response.text();
  } catch {
    throw unreachable();
  } finally {
    clearTimeout(timer);
  }
  noteRequest(response.headers.get('x-request-id'));
  if (response.ok) return text;
  const refusal = Problem.fromBody(response.status, text, response.headers);
  noteRefusal(refusal);
  throw refusal;
}

/** The bytes behind an address, however many: only a silence of `patienceMs` between two pieces ends it. */
export async function download(url: string, patienceMs = PATIENCE_MS): Promise<Blob> {
  const limit = new AbortController();
  let timer = setTimeout(() => limit.abort(), patienceMs);
  try {
    const response = await fetch(url, { credentials: 'same-origin', signal: limit.signal });
    if (!response.ok || !response.body) throw unreachable();
    const reader = response.body.getReader();
    const pieces: BlobPart[] = [];
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return new Blob(pieces, { type: response.headers.get('content-type') ?? '' });
      pieces.push(value);
      clearTimeout(timer);
      timer = setTimeout(() => limit.abort(), patienceMs);
    }
  } catch {
    throw unreachable();
  } finally {
    clearTimeout(timer);
  }
}
