import type { ReactNode } from 'react';
import { Icon } from '../../ui/icon';
import styles from './field-error.module.css';

/** What is wrong with one field, right below it, and the way on. */
export function FieldError({
  id,
  text,
  children,
}: {
  id: string;
  text: string | null;
  children?: ReactNode;
}) {
  if (!text) return null;
  return (
    <div className={styles.error}>
      <p id={id} data-testid="field-error">
        <Icon name="alert" size={18} />
        <span>{text}</span>
      </p>
      {children}
    </div>
  );
}
