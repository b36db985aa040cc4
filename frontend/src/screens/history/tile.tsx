import type { MouseEvent } from 'react';
import { useState } from 'react';
import { variantUrl } from '../../core/api';
import type { Job } from '../../core/api.types';
import { serverNow } from '../../core/clock';
import { moment } from '../../core/format';
import { isOpen } from '../../core/job';
import { jobPath } from '../../core/job-path';
import { pathOf } from '../../core/lang';
import { daysLeft } from '../../core/listing';
import { Bdi } from '../../ui/bdi';
import { Icon } from '../../ui/icon';
import { Picture } from '../../ui/picture';
import { isPlainClick } from '../../ui/plain-click';
import { useWords } from '../../ui/words';
import styles from './tile.module.css';

export interface TileProps {
  job: Job;
  current: boolean;
  /** How wide the picture is drawn, as `sizes` of an image. */
  sizes: string;
  onOpen(): void;
  onDelete(): void;
}

export function Tile({ job, current, sizes, onOpen, onDelete }: TileProps) {
  const { t, lang } = useWords();
  const open = isOpen(job);
  const left = daysLeft(job.expires_at, serverNow());
  const status = open ? t('status_running') : t(`status_${job.status as 'done' | 'failed' | 'cancelled'}`);
  const click = (event: MouseEvent) => {
    if (!isPlainClick(event)) return;
    event.preventDefault();
    onOpen();
  };
  return (
    <li className={styles.tile} data-job={job.id}>
      <a
        href={jobPath(pathOf(lang), job.id)}
        className={styles.link}
        aria-current={current ? 'true' : undefined}
        onClick={click}
      >
        <span className={styles.box}>
          <Thumbnail key={job.status} job={job} sizes={sizes} />
          <span
            className={job.status === 'done' ? 'sr-only' : `${styles.status} ${styles[job.status]}`}
            data-status={job.status}
          >
            {status}
          </span>
        </span>
        <span className={styles.words}>
          <Bdi>{job.prompt}</Bdi>
        </span>
        <span className={styles.time}>
          <time dateTime={job.created_at}>{moment(job.created_at, lang)}</time>
          {left !== null && (
            <span className={left <= 2 ? styles.soon : undefined}>
              {left === 0 ? t('days_left_none') : t('days_left', { d: left })}
            </span>
          )}
        </span>
      </a>
      {!open && (
        <button
          type="button"
          className={styles.delete}
          aria-label={t('delete_label', { prompt: job.prompt })}
          title={t('delete')}
          onClick={onDelete}
        >
          <Icon name="trash" size={18} />
        </button>
      )}
    </li>
  );
}

/** The result's thumbnail in the size that this screen needs, the photo while there is no result. */
function Thumbnail({ job, sizes }: { job: Job; sizes: string }) {
  const [broken, setBroken] = useState(false);
  const open = isOpen(job);
  const common = {
    loading: 'lazy',
    decoding: 'async',
    sizes,
    onError: () => setBroken(true),
  } as const;
  if (!broken && job.thumbnail_url) {
    const at = (size: 384 | 768) => variantUrl(job.id, { of: 'thumbnail', size });
    // The box is square and filled: the picture's shorter side is what must be large enough.
    const [width, height] = [job.result_width ?? 1, job.result_height ?? 1];
    const shorter = (size: number) => Math.round((size * Math.min(width, height)) / Math.max(width, height));
    const srcSet = `${at(384)} ${shorter(384)}w, ${at(768)} ${shorter(768)}w`;
    return <Picture alt="" {...common} src={at(384)} srcSet={srcSet} />;
  }
  if (!broken && open && job.image_url)
    return (
      <Picture
        alt=""
        {...common}
        src={variantUrl(job.id, { of: 'image', size: 384 })}
        className={styles.faint}
      />
    );
  const sign = job.status === 'failed' ? 'alert' : job.status === 'cancelled' ? 'stop' : 'photo';
  return (
    <span className={styles.sign}>
      <Icon name={sign} size={26} />
    </span>
  );
}
