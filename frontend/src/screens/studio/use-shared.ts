import { useEffect } from 'react';
import { useLocation, useSearch } from 'wouter';
import { below } from '../../core/draft';
import { useNotices } from '../../ui/notices';
import { useWords } from '../../ui/words';
import { desk } from './use-draft';

/** A photo or words shared from another app come into the draft, as if they had been chosen or typed here. */
export function useShared(ready: boolean, takeFile: (file: Blob, name: string) => Promise<boolean>): void {
  const { t } = useWords();
  const { show } = useNotices();
  const [path, navigate] = useLocation();
  const shared = new URLSearchParams(useSearch()).get('shared');

  // biome-ignore lint/correctness/useExhaustiveDependencies: taken once, when there is a draft to take it into
  useEffect(() => {
    if (!ready || !shared) return;
    navigate(path, { replace: true });
    if (shared === 'missing') return show({ text: t('shared_missing') });
    void import('../../core/shared')
      .then(({ takeShared }) => takeShared())
      .then(async ({ photo, words }) => {
        if (photo) await takeFile(photo.blob, photo.name);
        if (words) desk.change({ prompt: below(desk.now().draft.prompt, words) });
      })
      .catch(() => show({ text: t('shared_missing') }));
  }, [ready, shared]);
}
