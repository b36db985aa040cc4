import type { Job, Stage } from '../../core/api.types';
import type { WordKey } from '../../core/catalog';
import { clock } from '../../core/format';
import { type Step, steps } from '../../core/job';
import { Icon } from '../../ui/icon';
import { useWords } from '../../ui/words';
import styles from './timeline.module.css';

const NAMES: Partial<Record<Stage, WordKey>> = {
  queued: 'stage_queued',
  sending: 'stage_sending',
  warming: 'stage_warming',
  generating: 'stage_generating',
  saving: 'stage_saving',
  done: 'stage_done',
};

const SAID: Partial<Record<Step['state'], WordKey>> = {
  past: 'step_past',
  now: 'step_now',
  failed: 'step_failed',
};

/** Every stage once, with the time it took: across on wide screens, down on phones. */
export function Timeline({ job, nowMs }: { job: Job; nowMs: number }) {
  const { t } = useWords();
  const cancelled = job.status === 'cancelled';
  return (
    <ol className={styles.list} aria-label={t('stages')} data-testid="timeline">
      {steps(job, nowMs).map((step) => {
        const said = SAID[step.state];
        return (
          <li
            key={step.stage}
            className={cancelled && step.state === 'failed' ? styles.stopped : styles[step.state]}
            aria-current={step.state === 'now' ? 'step' : undefined}
          >
            <span className={styles.dot}>
              {step.state === 'past' && <Icon name="check" size={14} />}
              {step.state === 'failed' && <Icon name="close" size={14} />}
            </span>
            <span>
              {t(NAMES[step.stage] ?? 'loading')}
              {said && <span className="sr-only"> ({t(said)})</span>}
            </span>
            <span className={styles.time}>
              {step.ms !== null && step.stage !== 'done' ? clock(step.ms) : ''}
            </span>
          </li>
        );
      })}
    </ol>
  );
}
