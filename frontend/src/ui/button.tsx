import type { AnchorHTMLAttributes, ButtonHTMLAttributes, LabelHTMLAttributes, Ref } from 'react';
import styles from './button.module.css';
import { Icon, type IconName } from './icon';

export interface Look {
  look?: 'primary' | 'normal' | 'quiet' | 'plain' | 'danger';
  size?: 'normal' | 'big';
  wide?: boolean;
  icon?: IconName;
}

function classes({ look = 'normal', size, wide }: Look, more?: string): string {
  return [styles.button, styles[look], size === 'big' && styles.big, wide && styles.wide, more]
    .filter(Boolean)
    .join(' ');
}

export function Button({
  look,
  size,
  wide,
  icon,
  className,
  children,
  ...rest
}: Look & ButtonHTMLAttributes<HTMLButtonElement> & { ref?: Ref<HTMLButtonElement> }) {
  return (
    <button type="button" className={classes({ look, size, wide }, className)} {...rest}>
      {icon && <Icon name={icon} />}
      {children}
    </button>
  );
}

export function LinkButton({
  look,
  size,
  wide,
  icon,
  className,
  children,
  ...rest
}: Look & AnchorHTMLAttributes<HTMLAnchorElement>) {
  return (
    <a className={classes({ look, size, wide }, className)} {...rest}>
      {icon && <Icon name={icon} />}
      {children}
    </a>
  );
}

/** A label that looks like a button, around a native file input. */
export function LabelButton({
  look,
  size,
  wide,
  icon,
  className,
  children,
  ...rest
}: Look & LabelHTMLAttributes<HTMLLabelElement>) {
  return (
    // biome-ignore lint/a11y/noLabelWithoutControl: the control is among the children
    <label className={classes({ look, size, wide }, className)} {...rest}>
      {icon && <Icon name={icon} />}
      {children}
    </label>
  );
}
