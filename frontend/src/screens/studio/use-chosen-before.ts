import { type RefObject, useLayoutEffect } from 'react';
import type { Wishes } from '../../core/draft';
import { desk } from './use-draft';

/** What was chosen on the prerendered page before it came alive is taken as if it were chosen now. */
export function useChosenBefore(
  form: RefObject<HTMLFormElement | null>,
  drawn: Pick<Wishes, 'mode' | 'ratio'>,
  onFile: (file: File) => void,
): void {
  // biome-ignore lint/correctness/useExhaustiveDependencies: only when it comes alive
  useLayoutEffect(() => {
    if (!form.current) return;
    const chosen = new FormData(form.current);
    for (const name of ['mode', 'ratio'] as const) {
      const value = chosen.get(name);
      if (typeof value === 'string' && value !== drawn[name]) desk.change({ [name]: value });
    }
    const photo = chosen.get('photo');
    if (photo instanceof File && photo.size > 0) onFile(photo);
  }, []);
}
