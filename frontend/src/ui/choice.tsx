import styles from './choice.module.css';
import { Icon } from './icon';

export interface ChoiceProps<T extends string> {
  name: string;
  title: string;
  /** Small and round, its title only for ears: one of several things in a row. */
  small?: boolean;
  options: readonly { value: T; label: string; lang?: string }[];
  value: T;
  onChoose(value: T): void;
}

/** One of a few: native radios that look like the parts of one control. */
export function Choice<T extends string>({ name, title, small, options, value, onChoose }: ChoiceProps<T>) {
  return (
    <fieldset className={`${styles.choice} ${small ? styles.small : ''}`}>
      <legend className={small ? 'sr-only' : styles.title}>{title}</legend>
      <div>
        {options.map((option) => (
          <label key={option.value} lang={option.lang}>
            <input
              type="radio"
              name={name}
              value={option.value}
              checked={option.value === value}
              onChange={() => onChoose(option.value)}
            />
            <span>
              <Icon name="check" size={small ? 16 : 18} />
              {option.label}
            </span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}
