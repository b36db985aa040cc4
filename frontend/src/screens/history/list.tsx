import { useQueryClient } from '@tanstack/react-query';
import { useRef } from 'react';
import type { Job } from '../../core/api.types';
import { noteShown } from './cache';
import styles from './list.module.css';
import type { Shape } from './skeleton';
import { Tile } from './tile';
import type { Deletions } from './use-deletions';

const SIZES: Record<Shape, string> = {
  grid: '(max-width: 767px) 45vw, 200px',
  strip: '(max-width: 767px) 30vw, 160px',
};

export interface ListProps {
  shape: Shape;
  items: Job[];
  current: string | null;
  deletions: Deletions;
  /** What gets the focus when the last picture is deleted. */
  whenEmpty: string;
  onOpen(id: string): void;
}

export function List({ shape, items, current, deletions, whenEmpty, onOpen }: ListProps) {
  const client = useQueryClient();
  const list = useRef<HTMLUListElement>(null);

  const open = (job: Job) => {
    noteShown(client, job);
    onOpen(job.id);
  };

  const remove = (job: Job, at: number) => {
    const tiles = list.current?.children;
    const tile = tiles?.[at];
    const focused = tile?.contains(document.activeElement) ?? false;
    const next = tiles?.[at + 1] ?? tiles?.[at - 1];
    deletions.remove(job);
    if (!focused) return;
    const target =
      next?.querySelector<HTMLElement>('button') ??
      next?.querySelector<HTMLElement>('a') ??
      document.getElementById(whenEmpty);
    target?.focus();
  };

  return (
    <ul ref={list} className={styles[shape]}>
      {items.map((job, at) => (
        <Tile
          key={job.id}
          job={job}
          current={job.id === current}
          sizes={SIZES[shape]}
          onOpen={() => open(job)}
          onDelete={() => remove(job, at)}
        />
      ))}
    </ul>
  );
}
