export interface Shrunk {
  blob: Blob;
  width: number;
  height: number;
}

/** No edge of what is sent is longer. */
export const LONG_EDGE_PX = 2048;
const PATIENCE_MS = 20_000;

export function fitted(width: number, height: number): { width: number; height: number } {
  const scale = Math.min(1, LONG_EDGE_PX / Math.max(width, height));
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
}

/** A JPEG copy of a picture with nothing but its pixels, on white where it is clear. */
export function paint(
  source: CanvasImageSource,
  pen: CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D,
): void {
  const { width, height } = pen.canvas;
  pen.fillStyle = '#fff';
  pen.fillRect(0, 0, width, height);
  pen.imageSmoothingQuality = 'high';
  pen.drawImage(source, 0, 0, width, height);
}

export const JPEG = { type: 'image/jpeg', quality: 0.9 };

/** A copy that fits, made in a worker so that the page does not stall; rejects what cannot be drawn. */
export async function shrink(blob: Blob): Promise<Shrunk> {
  if (typeof Worker === 'undefined' || typeof OffscreenCanvas === 'undefined') return shrinkInPage(blob);
  return (await shrinkInWorker(blob)) ?? shrinkInPage(blob);
}

function shrinkInWorker(blob: Blob): Promise<Shrunk | null> {
  const worker = new Worker(new URL('./shrink.worker.ts', import.meta.url), { type: 'module' });
  return new Promise<Shrunk | null>((resolve) => {
    setTimeout(() => resolve(null), PATIENCE_MS);
    worker.onmessage = (event: MessageEvent<Shrunk | null>) => resolve(event.data);
    worker.onerror = () => resolve(null);
    worker.postMessage(blob);
  }).finally(() => worker.terminate());
}

/** Safari before 16.4 has no canvas in workers. */
async function shrinkInPage(blob: Blob): Promise<Shrunk> {
  const url = URL.createObjectURL(blob);
  try {
    const image = new Image();
    image.src = url;
    await image.decode();
    const size = fitted(image.naturalWidth, image.naturalHeight);
    const canvas = Object.assign(document.createElement('canvas'), size);
    const pen = canvas.getContext('2d', { alpha: false });
    if (!pen) throw new Error('no canvas');
    paint(image, pen);
    const made = await new Promise<Blob | null>((give) => canvas.toBlob(give, JPEG.type, JPEG.quality));
    if (!made) throw new Error('not drawable');
    return { blob: made, ...size };
  } finally {
    URL.revokeObjectURL(url);
  }
}
