import { type FormEvent, type ReactNode, useId } from 'react';
import type { Config, Ratio } from '../../core/api.types';
import { aspectOfRatio } from '../../core/job';
import { fieldOf, type Problem } from '../../core/problem';
import { Button } from '../../ui/button';
import { useWords } from '../../ui/words';
import { FieldError } from './field-error';
import styles from './form.module.css';
import { ModeField } from './mode-field';
import { PhotoField } from './photo-field';
import { PromptField } from './prompt-field';
import { RatioField } from './ratio-field';
import { useCountdown } from './use-countdown';
import type { DraftState } from './use-draft';

export const RATIOS: Ratio[] = ['1:1', '9:16', '16:9'].map((id) => ({
  id,
  width: 1024 * Math.min(1, aspectOfRatio(id)),
  height: 1024 / Math.max(1, aspectOfRatio(id)),
}));

export interface FormProps {
  config: Config | null;
  state: DraftState;
  ratio: string;
  busy: boolean;
  problem: Problem | null;
  onFile(file: File): void;
  onSample(): void;
  onChange(): void;
  onSend(): void;
  /** Shown at the top of the form. */
  children?: ReactNode;
}

export function Form(props: FormProps) {
  const { t, explain } = useWords();
  const { draft, photo, change } = props.state;
  const errorId = useId();
  const wait = useCountdown(props.problem);
  const field = props.problem ? fieldOf(props.problem) : null;
  const text = props.problem ? explain(props.problem) : null;
  const price = props.config?.models.find(
    (model) => model.needs_image === (draft.mode === 'photo'),
  )?.price_credits;

  const edit: typeof change = (part) => {
    props.onChange();
    change(part);
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (wait === 0) props.onSend();
  };
  const label = () => {
    if (props.busy) return t('working');
    if (wait > 0) return t('wait_seconds', { s: wait });
    return price === undefined ? t('generate') : t('generate_price', { n: price });
  };

  return (
    <form className={styles.form} onSubmit={submit} noValidate>
      <div className={styles.fields}>
        {props.children}
        <ModeField value={draft.mode} onChange={(mode) => edit({ mode })} />
        {draft.mode === 'photo' ? (
          <PhotoField
            photo={photo}
            preparing={props.state.preparing}
            error={field === 'photo' ? text : null}
            onFile={props.onFile}
            onRemove={() => {
              props.onChange();
              props.state.removePhoto();
            }}
            onSample={props.onSample}
            onWithoutPhoto={() => edit({ mode: 'text' })}
          />
        ) : (
          <p className={styles.note}>{t('text_note')}</p>
        )}
        <PromptField
          mode={draft.mode}
          value={draft.prompt}
          max={props.config?.limits.prompt_code_points ?? 1000}
          error={field === 'prompt' ? text : null}
          onChange={(prompt) => edit({ prompt })}
          onSend={() => wait === 0 && props.onSend()}
        />
        <RatioField
          ratios={props.config?.ratios ?? RATIOS}
          value={props.ratio}
          onChange={(ratio) => edit({ ratio })}
        />
      </div>
      <div className={styles.send}>
        <div role="alert">
          <FieldError id={errorId} text={field === 'form' ? text : null} />
        </div>
        <Button
          type="submit"
          id="generate"
          look="primary"
          size="big"
          wide
          icon={props.busy ? undefined : 'spark'}
          aria-disabled={props.busy || wait > 0}
          aria-describedby={field === 'form' ? errorId : undefined}
        >
          {label()}
        </Button>
      </div>
    </form>
  );
}
