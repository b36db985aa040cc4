import type { MouseEvent } from 'react';
import { useState } from 'react';
import type { Job } from '../../core/api.types';
import { moment } from '../../core/format';
import { isOpen } from '../../core/job';
import { Icon } from '../../ui/icon';
import { useWords } from '../../ui/words';
import styles from './history.module.css';

export interface TileProps {
  job: Job;
  current: boolean;
  onOpen(): void;
  onDelete(): void;
}

export function Tile({ job, current, onOpen, onDelete }: TileProps) {
  const { t, lang } = useWords();
  const [broken, setBroken] = useState(false);
  const open = isOpen(job);
  const picture = job.thumbnail_url ?? (open ? job.image_url : null);
  const status = open ? t('status_running') : t(`status_${job.status as 'done' | 'failed' | 'cancelled'}`);
  const click = (event: MouseEvent) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    onOpen();
  };
  return (
    <li className={styles.tile}>
      <a
        href={`?job=${encodeURIComponent(job.id)}`}
        className={styles.link}
        aria-current={current ? 'true' : undefined}
        onClick={click}
      >
        <span className={styles.box}>
          {picture && !broken ? (
            <img
              src={picture}
              alt=""
              loading="lazy"
              decoding="async"
              className={open ? styles.faint : undefined}
              onError={() => setBroken(true)}
            />
          ) : (
            <span className={styles.sign}>
              <Icon
                name={job.status === 'failed' ? 'alert' : job.status === 'cancelled' ? 'stop' : 'photo'}
                size={26}
              />
            </span>
          )}
          <span
            className={job.status === 'done' ? 'sr-only' : `${styles.status} ${styles[job.status]}`}
            data-status={job.status}
          >
            {status}
          </span>
        </span>
        <span className={styles.words}>{job.prompt}</span>
        <time className={styles.time} dateTime={job.created_at}>
          {moment(job.created_at, lang)}
        </time>
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
