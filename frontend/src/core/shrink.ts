/** A smaller JPEG copy of a heavy photo, made in a worker so that the page does not stall. */
export function shrink(blob: Blob): Promise<Blob> {
  if (typeof Worker === 'undefined' || typeof OffscreenCanvas === 'undefined') {
    return Promise.reject(new Error('no canvas in workers'));
  }
  const worker = new Worker(new URL('./shrink.worker.ts', import.meta.url), { type: 'module' });
  return new Promise<Blob>((resolve, reject) => {
    const patience = setTimeout(() => reject(new Error('too slow')), 20_000);
    worker.onmessage = (event: MessageEvent<Blob | null>) => {
      clearTimeout(patience);
      if (event.data) resolve(event.data);
      else reject(new Error('not drawable'));
    };
    worker.onerror = () => reject(new Error('worker failed'));
    worker.postMessage(blob);
  }).finally(() => worker.terminate());
}
