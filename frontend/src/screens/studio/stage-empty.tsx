import { Button } from '../../ui/button';
import { Compare, useComparePosition } from '../../ui/compare';
import { useWords } from '../../ui/words';
import styles from './stage.module.css';

export const SAMPLE = { before: '/sample/before.webp', after: '/sample/after.webp', aspect: 1.5 };

/** What the studio does, shown and not told. */
export function StageEmpty({ onSample }: { onSample(): void }) {
  const { t } = useWords();
  const position = useComparePosition();
  return (
    <>
      <Compare
        before={SAMPLE.before}
        after={SAMPLE.after}
        altBefore={t('alt_before')}
        altAfter={t('alt_after', { prompt: t('idea_1_prompt') })}
        aspect={SAMPLE.aspect}
        value={position.value}
        onChange={position.setValue}
      />
      <div className={styles.caption}>
        <p>
          {t('example')}: “{t('idea_1_prompt')}”
        </p>
        <Button look="quiet" icon="photo" onClick={onSample}>
          {t('photo_sample')}
        </Button>
      </div>
    </>
  );
}
