import type { ReactNode } from 'react';
import type { Job } from '../../core/api.types';
import { aspectOf } from '../../core/job';
import { Bar } from '../../ui/bar';
import { Bdi } from '../../ui/bdi';
import { Frame } from '../../ui/frame';
import { Picture } from '../../ui/picture';
import styles from './stage.module.css';
import { StageHeading } from './stage-heading';

export interface StageWorkingProps {
  aspect?: number;
  photoUrl?: string | null;
  prompt?: string;
  headline: string;
  left?: ReactNode;
  right?: ReactNode;
  /** Null when nobody knows how far it is. */
  percent?: number | null;
}

/** The same for a job: its photo or its words are what is behind. */
export function JobWorking({
  job,
  ...rest
}: { job: Job } & Omit<StageWorkingProps, 'aspect' | 'photoUrl' | 'prompt'>) {
  return <StageWorking aspect={aspectOf(job)} photoUrl={job.image_url} prompt={job.prompt} {...rest} />;
}

/** The frame of a picture that is on its way: the photo or the words behind, what happens in front. */
export function StageWorking({
  aspect = 1,
  photoUrl,
  prompt = '',
  headline,
  left,
  right,
  percent = null,
}: StageWorkingProps) {
  return (
    <Frame aspect={aspect}>
      {photoUrl ? (
        <Picture className={styles.dim} src={photoUrl} alt="" />
      ) : (
        <div className={styles.words} aria-hidden="true">
          <q>
            <Bdi>{prompt}</Bdi>
          </q>
        </div>
      )}
      <div className={styles.overlay}>
        <StageHeading testId="headline">{headline}</StageHeading>
        <Bar percent={percent} label={headline} />
        <p>
          <span>{left}</span>
          <span>{right}</span>
        </p>
      </div>
    </Frame>
  );
}
