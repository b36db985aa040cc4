import { Button } from '../../ui/button';
import { useWords } from '../../ui/words';
import styles from './stage.module.css';
import { StageWorking } from './stage-working';

/** A photo was chosen and is made ready to be sent. */
export function StagePreparing({ url, onRemove }: { url: string | null; onRemove(): void }) {
  const { t } = useWords();
  return (
    <>
      <StageWorking photoUrl={url} headline={t('preparing')} />
      <div className={styles.actions}>
        <Button look="quiet" onClick={onRemove}>
          {t('photo_remove')}
        </Button>
      </div>
    </>
  );
}
