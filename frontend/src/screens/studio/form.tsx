import { type FormEvent, useId, useRef } from 'react';
import type { Config, Ratio } from '../../core/api.types';
import type { Laid } from '../../core/desk';
import type { Wishes } from '../../core/draft';
import { duration } from '../../core/format';
import { aspectOfRatio } from '../../core/job';
import { fieldOf, type Problem } from '../../core/problem';
import { Button } from '../../ui/button';
import { later } from '../../ui/later';
import { useWords } from '../../ui/words';
import { FieldError } from './field-error';
import styles from './form.module.css';
import { ModeField } from './mode-field';
import { PhotoField } from './photo-field';
import { PromptField } from './prompt-field';
import { RatioField } from './ratio-field';
import { useChosenBefore } from './use-chosen-before';
import { useCountdown } from './use-countdown';
import { desk } from './use-draft';

const RATIOS: Ratio[] = (['1:1', '9:16', '16:9'] as const).map((id) => ({
  id,
  width: 1024 * Math.min(1, aspectOfRatio(id)),
  height: 1024 / Math.max(1, aspectOfRatio(id)),
}));

const RemedyButton = later(async () => (await import('./remedy-button')).RemedyButton);

export interface FormProps {
  config: Config | null;
  laid: Laid;
  ratio: string;
  busy: boolean;
  /** It was sent, and waits for its photo to be ready. */
  /** Whoever pressed waits for the photo. */
  starting: boolean;
  problem: Problem | null;
  onFile(file: File): void;
  onSample(): void;
  onChange(): void;
  onIdea(idea: string): void;
  onSend(): void;
}

export function Form(props: FormProps) {
  const { t, lang, explain } = useWords();
  const { draft, photo, preparing } = props.laid;
  const errorId = useId();
  const wait = useCountdown(props.problem);
  const field = props.problem ? fieldOf(props.problem, draft.mode) : null;
  const text = props.problem ? explain(props.problem) : null;
  const price = props.config?.models.find(
    (model) => model.needs_image === (draft.mode === 'photo'),
  )?.price_credits;

  const remedy = props.problem && (
    <RemedyButton problem={props.problem} waiting={wait > 0} onSend={props.onSend} />
  );

  const edit = (part: Partial<Wishes>) => {
    props.onChange();
    desk.change(part);
  };
  const form = useRef<HTMLFormElement>(null);
  useChosenBefore(form, { mode: draft.mode, ratio: props.ratio }, props.onFile);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (wait === 0) props.onSend();
  };
  const starting = props.starting && draft.mode === 'photo';
  const label = () => {
    if (props.busy) return t('working');
    if (starting) return t('starts_when_ready');
    if (wait > 0) return t('wait', { t: duration(wait * 1_000, lang) });
    return price === undefined ? t('generate') : t('generate_price', { n: price });
  };

  return (
    // What a browser itself remembers of a form would come between the draft and what was typed since.
    <form ref={form} className={styles.form} onSubmit={submit} autoComplete="off" noValidate>
      <div className={styles.fields}>
        <ModeField value={draft.mode} onChange={(mode) => edit({ mode })} />
        {draft.mode === 'photo' ? (
          <PhotoField
            photo={photo}
            parent={draft.parent}
            remedy={remedy}
            preparing={preparing}
            error={field === 'photo' ? text : null}
            onFile={props.onFile}
            onRemove={() => {
              props.onChange();
              desk.removePhoto();
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
          remedy={remedy}
          onChange={(prompt) => edit({ prompt })}
          onIdea={props.onIdea}
          onSend={() => wait === 0 && props.onSend()}
        />
        {draft.seed !== null && (
          <div className={styles.seed} data-testid="seed">
            <p>{t('seed_kept', { seed: draft.seed })}</p>
            <Button look="plain" onClick={() => edit({ seed: null })}>
              {t('seed_drop')}
            </Button>
          </div>
        )}
        <RatioField
          ratios={props.config?.ratios ?? RATIOS}
          value={props.ratio}
          onChange={(ratio) => edit({ ratio })}
        />
      </div>
      <div className={styles.send}>
        <div role="alert">
          <FieldError id={errorId} text={field === 'form' ? text : null}>
            {remedy}
          </FieldError>
        </div>
        <Button
          type="submit"
          id="generate"
          look="primary"
          size="big"
          wide
          icon={props.busy || starting ? undefined : 'spark'}
          aria-disabled={props.busy || starting || wait > 0}
          aria-describedby={field === 'form' ? errorId : undefined}
        >
          {label()}
        </Button>
      </div>
    </form>
  );
}
