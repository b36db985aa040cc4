import type { Mode } from '../../core/draft';
import { Icon, type IconName } from '../../ui/icon';
import { useWords } from '../../ui/words';
import styles from './mode-field.module.css';

const MODES: { id: Mode; icon: IconName; word: 'mode_photo' | 'mode_text' }[] = [
  { id: 'photo', icon: 'photo', word: 'mode_photo' },
  { id: 'text', icon: 'pen', word: 'mode_text' },
];

/** With a photo or without one: a plain choice, made first. */
export function ModeField({ value, onChange }: { value: Mode; onChange(mode: Mode): void }) {
  const { t } = useWords();
  return (
    <fieldset>
      <legend className="sr-only">{t('mode')}</legend>
      <div className={styles.row}>
        {MODES.map((mode) => (
          <label key={mode.id} className={styles.choice}>
            <input
              type="radio"
              name="mode"
              value={mode.id}
              checked={mode.id === value}
              onChange={() => onChange(mode.id)}
            />
            <span className={styles.face}>
              <Icon name={mode.id === value ? 'check' : mode.icon} size={18} />
              {t(mode.word)}
            </span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}
