import type { Ratio } from '../../core/api.types';
import type { WordKey } from '../../core/catalog';
import { Icon } from '../../ui/icon';
import { useWords } from '../../ui/words';
import styles from './ratio-field.module.css';

export interface RatioFieldProps {
  ratios: Ratio[];
  value: string;
  onChange(id: string): void;
}

function nameOf(ratio: Ratio): WordKey {
  if (ratio.width === ratio.height) return 'ratio_square';
  return ratio.width < ratio.height ? 'ratio_tall' : 'ratio_wide';
}

function Shape({ ratio }: { ratio: Ratio }) {
  const scale = 26 / Math.max(ratio.width, ratio.height);
  const [width, height] = [ratio.width * scale, ratio.height * scale];
  return (
    <svg width="28" height="28" viewBox="0 0 28 28" aria-hidden="true" focusable="false">
      <rect
        x={14 - width / 2}
        y={14 - height / 2}
        width={width}
        height={height}
        rx="3"
        fill="none"
        stroke="currentColor"
        strokeWidth="2"
      />
    </svg>
  );
}

export function RatioField({ ratios, value, onChange }: RatioFieldProps) {
  const { t } = useWords();
  return (
    <fieldset>
      <legend className={styles.legend}>{t('ratio')}</legend>
      <div className={styles.row}>
        {ratios.map((ratio) => (
          <label key={ratio.id} className={styles.card}>
            <input
              type="radio"
              name="ratio"
              value={ratio.id}
              checked={ratio.id === value}
              onChange={() => onChange(ratio.id)}
            />
            <Shape ratio={ratio} />
            <span className={styles.words}>
              <span>{t(nameOf(ratio))}</span> <span className={styles.number}>{ratio.id}</span>
            </span>
            <span className={styles.tick}>
              <Icon name="check" size={14} />
            </span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}
