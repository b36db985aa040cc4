import { useEffect, useRef, useState } from 'react';
import type { Job } from '../../core/api.types';
import { duration } from '../../core/format';
import { aspectOf, elapsedMs } from '../../core/job';
import { Button, LinkButton } from '../../ui/button';
import { Compare, useComparePosition } from '../../ui/compare';
import { Frame } from '../../ui/frame';
import { Icon } from '../../ui/icon';
import { useWords } from '../../ui/words';
import styles from './stage.module.css';
import { StageWorking } from './stage-working';
import { useDecoded } from './use-decoded';

export interface StageDoneProps {
  job: Job;
  simulator: boolean;
  /** It has become done before our eyes: reveal it and, if nobody is elsewhere, take the focus. */
  fresh: boolean;
  onAgain(): void;
  onReuse(): Promise<void>;
  onDelete(): void;
}

export function StageDone({ job, simulator, fresh, onAgain, onReuse, onDelete }: StageDoneProps) {
  const { t, lang } = useWords();
  const ready = useDecoded(job.result_url);
  const [beforeFailed, setBeforeFailed] = useState(false);
  const [reusing, setReusing] = useState(false);
  const position = useComparePosition();
  const heading = useRef<HTMLHeadingElement>(null);
  const aspect = aspectOf(job);

  useEffect(() => {
    if (!ready || !fresh) return;
    const on = document.activeElement;
    if (!on || on === document.body || on.id === 'generate') heading.current?.focus({ preventScroll: true });
  }, [ready, fresh]);

  const reuse = async () => {
    if (reusing) return;
    setReusing(true);
    await onReuse();
    setReusing(false);
  };

  if (!ready) {
    const headline = t('now_opening');
    return (
      <StageWorking
        aspect={aspect}
        photoUrl={job.image_url}
        prompt={job.prompt}
        headline={headline}
        percent={null}
      />
    );
  }
  const alt = job.image_url ? 'alt_after' : 'alt_result';
  const compares = job.image_url !== null && !beforeFailed;
  return (
    <>
      <div className={styles.head}>
        <h2 ref={heading} tabIndex={-1} data-testid="done">
          {t('done', { t: duration(elapsedMs(job, 0), lang) })}
        </h2>
        <p className={styles.sub}>
          {simulator && (
            <span className={styles.badge}>
              <Icon name="flask" size={16} />
              {t('simulator_made')}
            </span>
          )}
          {job.credits.charged > 0 && <span>{t('done_credits', { n: job.credits.charged })}</span>}
        </p>
      </div>
      {compares ? (
        <Compare
          before={job.image_url ?? ''}
          after={job.result_url ?? ''}
          altBefore={t('alt_before')}
          altAfter={t(alt, { prompt: job.prompt })}
          aspect={aspect}
          reveal={fresh}
          value={position.value}
          onChange={position.setValue}
          onBeforeFailed={() => setBeforeFailed(true)}
        />
      ) : (
        <Frame aspect={aspect}>
          <img src={job.result_url ?? ''} alt={t(alt, { prompt: job.prompt })} data-testid="result" />
        </Frame>
      )}
      <div className={styles.actions}>
        <LinkButton
          className={styles.main}
          look="primary"
          icon="save"
          href={job.download_url ?? '#'}
          id="save"
        >
          {t('save')}
        </LinkButton>
        {compares && (
          <Button icon="swap" aria-pressed={position.showsBefore} onClick={position.toggleBefore}>
            {t('see_before')}
          </Button>
        )}
        <Button icon="photo" aria-disabled={reusing} onClick={reuse}>
          {t('use_as_photo')}
        </Button>
        <Button icon="spark" onClick={onAgain}>
          {t('again')}
        </Button>
        {job.image_download_url && (
          <LinkButton look="quiet" href={job.image_download_url} id="save-original">
            {t('save_original')}
          </LinkButton>
        )}
      </div>
      <div className={styles.foot}>
        <p className={styles.prompt}>“{job.prompt}”</p>
        <Button look="quiet" icon="trash" aria-label={t('delete')} title={t('delete')} onClick={onDelete} />
      </div>
    </>
  );
}
