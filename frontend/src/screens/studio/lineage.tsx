import { useQuery, useQueryClient } from '@tanstack/react-query';
import type { MouseEvent } from 'react';
import { api } from '../../core/api';
import type { Job } from '../../core/api.types';
import { jobPath } from '../../core/job-path';
import { ancestorsOf } from '../../core/lineage';
import { Picture } from '../../ui/picture';
import { isPlainClick } from '../../ui/plain-click';
import { useWords } from '../../ui/words';
import styles from './lineage.module.css';

/** The pictures that this one was made from, the first one first. */
function useAncestors(job: Job): Job[] {
  const client = useQueryClient();
  const read = async (id: string) => client.getQueryData<Job>(['job', id]) ?? (await api.job(id));
  const query = useQuery({
    queryKey: ['ancestors', job.id],
    queryFn: () => ancestorsOf(job, read),
    staleTime: Number.POSITIVE_INFINITY,
  });
  return query.data ?? [];
}

export function Lineage({ job, onOpen }: { job: Job; onOpen(id: string): void }) {
  const { t } = useWords();
  const ancestors = useAncestors(job);
  const [first] = ancestors;
  if (!first) return null;
  const open = (id: string) => (event: MouseEvent) => {
    if (!isPlainClick(event)) return;
    event.preventDefault();
    onOpen(id);
  };
  return (
    <section aria-label={t('lineage')} data-testid="lineage">
      <h3 className={styles.title}>{t('lineage')}</h3>
      <ol className={styles.line}>
        {first.parent_id !== null && (
          <li className={styles.more}>
            <span aria-hidden="true">…</span>
            <span className="sr-only">{t('lineage_more')}</span>
          </li>
        )}
        {first.parent_id === null && first.image_url && (
          <li>
            <Picture
              src={first.image_thumbnail_url ?? first.image_url}
              alt={t('lineage_start')}
              loading="lazy"
            />
          </li>
        )}
        {ancestors.map((one) => (
          <li key={one.id}>
            <a
              href={jobPath('', one.id)}
              aria-label={t('lineage_open', { prompt: one.prompt })}
              onClick={open(one.id)}
            >
              <Picture src={one.thumbnail_url ?? one.result_url ?? ''} alt="" loading="lazy" />
            </a>
          </li>
        ))}
        <li aria-current="true">
          <Picture
            src={job.thumbnail_url ?? job.result_url ?? ''}
            alt={t('lineage_this')}
            className={styles.here}
            loading="lazy"
          />
        </li>
      </ol>
    </section>
  );
}
