import { useState } from 'react';
import { aspectOf } from '../../core/job';
import { Button } from '../../ui/button';
import { Compare, useComparePosition } from '../../ui/compare';
import { Frame } from '../../ui/frame';
import { Picture } from '../../ui/picture';
import { SideBySide } from '../../ui/side-by-side';
import { useWords } from '../../ui/words';
import { SaveActions } from './save-actions';
import { SaveHelp, type Trouble } from './save-help';
import styles from './stage.module.css';
import type { StageDoneProps } from './stage-done';

/** The picture, beside or over the one before, and what can be done with it. */
export function Result({ job, config, fresh, onAgain, onReuse }: StageDoneProps) {
  const { t } = useWords();
  const position = useComparePosition();
  const [side, setSide] = useState(false);
  const [beforeFailed, setBeforeFailed] = useState(false);
  const [trouble, setTrouble] = useState<Trouble | null>(null);
  const hasBefore = job.image_url !== null && !beforeFailed;
  // Under a slider a picture cannot be pressed and held.
  const compares = hasBefore && trouble === null;
  const pictures = {
    before: job.image_url ?? '',
    after: job.result_url ?? '',
    altBefore: t('alt_before'),
    altAfter: t(job.image_url ? 'alt_after' : 'alt_result', { prompt: job.prompt }),
    aspect: aspectOf(job),
    onBeforeFailed: () => setBeforeFailed(true),
  };

  return (
    <>
      {compares && side && <SideBySide {...pictures} />}
      {compares && !side && (
        <Compare {...pictures} reveal={fresh} value={position.value} onChange={position.setValue} />
      )}
      {!compares && (
        <Frame aspect={pictures.aspect}>
          <Picture src={pictures.after} alt={pictures.altAfter} data-testid="result" />
        </Frame>
      )}
      {trouble && <SaveHelp trouble={trouble} onClose={() => setTrouble(null)} />}
      <div className={styles.actions}>
        <SaveActions job={job} download={config?.download ?? null} onTrouble={setTrouble} />
        {compares && (
          <>
            <Button
              icon="swap"
              aria-pressed={!side && position.showsBefore}
              onClick={() => {
                setSide(false);
                if (!side || !position.showsBefore) position.toggleBefore();
              }}
            >
              {t('see_before')}
            </Button>
            <Button icon="columns" aria-pressed={side} onClick={() => setSide(!side)}>
              {t('side_by_side')}
            </Button>
          </>
        )}
        <Button icon="photo" onClick={onReuse}>
          {t('use_as_photo')}
        </Button>
        <Button icon="spark" onClick={onAgain}>
          {t('again')}
        </Button>
      </div>
    </>
  );
}
