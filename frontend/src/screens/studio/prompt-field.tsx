import { type KeyboardEvent, type ReactNode, useId } from 'react';
import type { WordKey } from '../../core/catalog';
import { countCharacters, type Mode } from '../../core/draft';
import { useWords } from '../../ui/words';
import { FieldError } from './field-error';
import styles from './prompt-field.module.css';

export interface PromptFieldProps {
  mode: Mode;
  value: string;
  max: number;
  error: string | null;
  /** The way on after an error. */
  remedy: ReactNode;
  onChange(value: string): void;
  /** Put an idea in the place of one's own words. */
  onIdea(idea: string): void;
  onSend(): void;
}

const IDEAS: Record<Mode, [WordKey, WordKey][]> = {
  photo: [
    ['idea_1', 'idea_1_prompt'],
    ['idea_2', 'idea_2_prompt'],
    ['idea_3', 'idea_3_prompt'],
  ],
  text: [
    ['idea_text_1', 'idea_text_1_prompt'],
    ['idea_text_2', 'idea_text_2_prompt'],
    ['idea_text_3', 'idea_text_3_prompt'],
  ],
};

export function PromptField(props: PromptFieldProps) {
  const { t } = useWords();
  const id = useId();
  const count = countCharacters(props.value);
  const over = count > props.max;
  const ideas = Object.values(IDEAS).flatMap((all) => all.map(([, text]) => t(text)));
  const own = props.value.trim() !== '' && !ideas.includes(props.value);
  const keys = (event: KeyboardEvent) => {
    if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey) || event.nativeEvent.isComposing) return;
    event.preventDefault();
    props.onSend();
  };

  return (
    <div>
      <div className={styles.head}>
        <label htmlFor="prompt-input">{t('prompt')}</label>
        <span className={over ? styles.over : styles.count} id={`${id}-count`}>
          <span aria-hidden="true">
            {count}/{props.max}
          </span>
          <span className="sr-only">{t('counter', { n: count, max: props.max })}</span>
        </span>
      </div>
      <textarea
        id="prompt-input"
        className={`${styles.text} ${props.error ? styles.wrong : ''}`}
        rows={3}
        value={props.value}
        placeholder={t(props.mode === 'photo' ? 'prompt_placeholder' : 'prompt_placeholder_text')}
        aria-invalid={props.error !== null}
        aria-describedby={props.error ? `${id}-error ${id}-count` : `${id}-count`}
        onChange={(event) => props.onChange(event.target.value)}
        onKeyDown={keys}
      />
      <FieldError id={`${id}-error`} text={props.error}>
        {props.remedy}
      </FieldError>
      <ul className={styles.ideas} aria-label={t('examples')}>
        {IDEAS[props.mode].map(([name, text]) => (
          <li key={name}>
            <button
              type="button"
              className={styles.idea}
              aria-pressed={props.value === t(text)}
              onClick={() => (own ? props.onIdea : props.onChange)(t(text))}
            >
              {t(name)}
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}
