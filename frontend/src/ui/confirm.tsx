import { useEffect, useId, useRef } from 'react';
import { Button } from './button';
import styles from './confirm.module.css';

export interface ConfirmProps {
  title: string;
  text: string;
  keep: string;
  go: string;
  onClose(confirmed: boolean): void;
}

/** A native dialog: Esc and the backdrop mean "keep", focus returns to where it was. */
export function Confirm({ title, text, keep, go, onClose }: ConfirmProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    const back = document.activeElement as HTMLElement | null;
    dialog.current?.showModal();
    return () => back?.focus({ preventScroll: true });
  }, []);
  return (
    <dialog
      ref={dialog}
      className={styles.dialog}
      aria-labelledby={id}
      onCancel={(event) => {
        event.preventDefault();
        onClose(false);
      }}
    >
      <h2 id={id}>{title}</h2>
      <p>{text}</p>
      <div className={styles.actions}>
        <Button look="quiet" onClick={() => onClose(false)}>
          {keep}
        </Button>
        <Button look="danger" onClick={() => onClose(true)}>
          {go}
        </Button>
      </div>
    </dialog>
  );
}
