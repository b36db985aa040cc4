import { type ReactNode, useId, useLayoutEffect, useRef } from 'react';
import styles from './sheet.module.css';

export interface SheetProps {
  title: string;
  children: ReactNode;
  onClose(): void;
}

/** A native dialog: Esc closes it, and with that the browser takes the focus back to where it was. */
export function Sheet({ title, children, onClose }: SheetProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  // Before anything is drawn: an Esc that is pressed at once finds it open.
  useLayoutEffect(() => {
    const shown = dialog.current;
    shown?.showModal();
    return () => shown?.close();
  }, []);
  return (
    <dialog
      ref={dialog}
      className={styles.dialog}
      aria-labelledby={id}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
    >
      <h2 id={id}>{title}</h2>
      {children}
    </dialog>
  );
}

export function SheetActions({ children }: { children: ReactNode }) {
  return <div className={styles.actions}>{children}</div>;
}
