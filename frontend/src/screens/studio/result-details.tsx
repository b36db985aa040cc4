import { useState } from 'react';
import type { Job } from '../../core/api.types';
import { Bdi } from '../../ui/bdi';
import { Button, LinkButton } from '../../ui/button';
import { useWords } from '../../ui/words';
import { Lineage } from './lineage';
import { ReportSheet } from './report-sheet';
import styles from './stage.module.css';

export interface ResultDetailsProps {
  job: Job;
  onAgainSame(): void;
  onOpen(id: string): void;
}

/** How the picture came about, and what one may do with that. */
export function ResultDetails({ job, onAgainSame, onOpen }: ResultDetailsProps) {
  const { t } = useWords();
  const [reporting, setReporting] = useState(false);
  return (
    <>
      {job.parent_id && <Lineage job={job} onOpen={onOpen} />}
      <details className={styles.details}>
        <summary>{t('settings')}</summary>
        <dl>
          <dt>{t('prompt_short')}</dt>
          <dd>
            <Bdi>{job.prompt}</Bdi>
          </dd>
          <dt>{t('ratio')}</dt>
          <dd>{job.ratio}</dd>
          <dt>{t('seed')}</dt>
          <dd>{job.seed}</dd>
          <dt>{t('made_by')}</dt>
          <dd>
            <Bdi>{job.model}</Bdi>
          </dd>
        </dl>
        <div className={styles.actions}>
          <Button icon="retry" onClick={onAgainSame}>
            {t('again_same')}
          </Button>
          {job.image_download_url && (
            <LinkButton look="quiet" href={job.image_download_url} id="save-original" download="">
              {t('save_original')}
            </LinkButton>
          )}
          <Button look="quiet" onClick={() => setReporting(true)}>
            {t('report')}
          </Button>
        </div>
      </details>
      {reporting && <ReportSheet job={job} onClose={() => setReporting(false)} />}
    </>
  );
}
