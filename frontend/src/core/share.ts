export type Shared = 'shared' | 'left' | 'too_late' | 'failed';

const PROBE = { type: 'image/png' };

/** Whether this is a phone whose system sheet takes pictures. */
export function sharesPictures(): boolean {
  if (!matchMedia('(pointer: coarse)').matches || typeof navigator.canShare !== 'function') return false;
  return navigator.canShare({ files: [new File([''], 'picture.png', PROBE)] });
}

/**
 * Hand a picture to the system's sheet. `too_late`: fetching it took so long that the press no longer counts,
 * and another one is needed.
 */
export async function sharePicture(file: File): Promise<Shared> {
  try {
    await navigator.share({ files: [file] });
    return 'shared';
  } catch (cause) {
    const name = cause instanceof Error ? cause.name : '';
    if (name === 'AbortError') return 'left';
    return name === 'NotAllowedError' ? 'too_late' : 'failed';
  }
}
