import { fitted, JPEG, paint, type Shrunk } from './shrink';

async function shrunk(blob: Blob): Promise<Shrunk | null> {
  const bitmap = await createImageBitmap(blob, { imageOrientation: 'from-image' });
  const size = fitted(bitmap.width, bitmap.height);
  const canvas = new OffscreenCanvas(size.width, size.height);
  const pen = canvas.getContext('2d', { alpha: false });
  if (!pen) return null;
  paint(bitmap, pen);
  bitmap.close();
  return { blob: await canvas.convertToBlob(JPEG), ...size };
}

self.onmessage = async (event: MessageEvent<Blob>) => {
  self.postMessage(await shrunk(event.data).catch(() => null));
};
