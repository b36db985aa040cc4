import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { ask, download, PATIENCE_MS } from './wire';

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal('navigator', { onLine: true });
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

function never(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
}

function answers(how: (signal: AbortSignal) => Promise<Response>) {
  const fetched = vi.fn((_url: string, init: RequestInit) => how(init.signal as AbortSignal));
  vi.stubGlobal('fetch', fetched);
  return fetched;
}

it('answers with the text', async () => {
  answers(async () => new Response('{"a":1}'));
  expect(await ask('/config')).toBe('{"a":1}');
});

it('gives up on a network that swallows the request', async () => {
  answers(never);
  const asked = expect(ask('/config')).rejects.toMatchObject({ code: 'connection_lost', status: 0 });
  await vi.advanceTimersByTimeAsync(PATIENCE_MS);
  await asked;
});

it('gives up on an answer that stops half-way', async () => {
  answers(async (signal) => {
    const body = new ReadableStream({
      start(pen) {
        pen.enqueue(new TextEncoder().encode('{"a"'));
        signal.addEventListener('abort', () => pen.error(signal.reason));
      },
    });
    return new Response(body);
  });
  const asked = expect(ask('/config')).rejects.toMatchObject({ code: 'connection_lost' });
  await vi.advanceTimersByTimeAsync(PATIENCE_MS);
  await asked;
});

it('says so when the browser knows that there is no network', async () => {
  vi.stubGlobal('navigator', { onLine: false });
  answers(async () => Promise.reject(new TypeError('failed')));
  await expect(ask('/config')).rejects.toMatchObject({ code: 'offline' });
});

it('passes a refusal on, with its code', async () => {
  answers(async () => new Response('{"code":"not_found"}', { status: 404 }));
  await expect(ask('/jobs/1')).rejects.toMatchObject({ code: 'not_found', status: 404 });
});

function pieces(everyMs: number, count: number) {
  return answers(async (signal) => {
    const body = new ReadableStream({
      async start(pen) {
        signal.addEventListener('abort', () => pen.error(signal.reason));
        for (let n = 0; n < count; n++) {
          pen.enqueue(new Uint8Array(10));
          await new Promise((go) => setTimeout(go, everyMs));
        }
        pen.close();
      },
    });
    return new Response(body, { headers: { 'content-type': 'image/png' } });
  });
}

it('lets a picture take its time for as long as something comes', async () => {
  pieces(PATIENCE_MS - 1_000, 5);
  const fetched = download('/picture');
  await vi.advanceTimersByTimeAsync(5 * PATIENCE_MS);
  const blob = await fetched;
  expect([blob.size, blob.type]).toEqual([50, 'image/png']);
});

it('gives up on a picture that stops coming', async () => {
  pieces(PATIENCE_MS + 1_000, 2);
  const fetched = expect(download('/picture')).rejects.toMatchObject({ code: 'connection_lost' });
  await vi.advanceTimersByTimeAsync(2 * PATIENCE_MS);
  await fetched;
});
