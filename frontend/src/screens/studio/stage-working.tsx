import type { ReactNode } from 'react';
import { Bar } from '../../ui/bar';
import { Frame } from '../../ui/frame';
import styles from './stage.module.css';

export interface StageWorkingProps {
  aspect: number;
  photoUrl: string | null;
  prompt: string;
  headline: string;
  left?: ReactNode;
  right?: ReactNode;
  percent: number | null;
}

/** The frame of a picture that is on its way: the photo or the words behind, what happens in front. */
export function StageWorking(props: StageWorkingProps) {
  return (
    <Frame aspect={props.aspect}>
      {props.photoUrl ? (
        <img className={styles.dim} src={props.photoUrl} alt="" />
      ) : (
        <div className={styles.words} aria-hidden="true">
          <q>{props.prompt}</q>
        </div>
      )}
      <div className={styles.overlay}>
        <h2 data-testid="headline">{props.headline}</h2>
        <Bar percent={props.percent} label={props.headline} />
        <p>
          <span>{props.left}</span>
          <span>{props.right}</span>
        </p>
      </div>
    </Frame>
  );
}
