import { createContext, type ReactNode, useCallback, useContext, useEffect, useMemo, useState } from 'react';
import { Voice, type Weight } from '../core/voice';
import { Button } from './button';
import styles from './notices.module.css';

export interface Toast {
  text: string;
  action?: { label: string; run(): void };
  /** It takes the place of an earlier one about the same. */
  topic?: string;
  ms?: number;
}

interface Notices {
  /** Say something politely to screen readers. */
  announce(text: string, weight?: Weight): void;
  /** What is said from here on is about this open job, and shares its budget; null: about none. */
  about(subject: string | null): void;
  show(toast: Toast): void;
}

const Context = createContext<Notices | null>(null);
const SHOWN_MS = 5_000;
const MOST_TOASTS = 3;

export function NoticesProvider({ children }: { children: ReactNode }) {
  const [spoken, setSpoken] = useState('');
  const [toasts, setToasts] = useState<(Toast & { id: number })[]>([]);
  const voice = useMemo(() => new Voice(setSpoken), []);
  useEffect(() => () => voice.stop(), [voice]);

  const close = useCallback((id: number) => setToasts((all) => all.filter((one) => one.id !== id)), []);
  const notices = useMemo<Notices>(() => {
    let nextId = 1;
    return {
      announce: (text, weight) => voice.say(text, weight),
      about: (subject) => voice.about(subject),
      show(toast) {
        const id = nextId++;
        setToasts((all) => [
          ...all.filter((one) => !toast.topic || one.topic !== toast.topic).slice(1 - MOST_TOASTS),
          { ...toast, id },
        ]);
        voice.say(toast.text);
        setTimeout(() => close(id), toast.ms ?? SHOWN_MS);
      },
    };
  }, [voice, close]);

  return (
    <Context value={notices}>
      {children}
      <div className="sr-only" aria-live="polite" data-testid="live">
        {spoken}
      </div>
      <div className={styles.toasts}>
        {toasts.map((toast) => (
          <div key={toast.id} className={styles.toast}>
            <p>{toast.text}</p>
            {toast.action && (
              <Button
                look="plain"
                onClick={() => {
                  toast.action?.run();
                  close(toast.id);
                }}
              >
                {toast.action.label}
              </Button>
            )}
          </div>
        ))}
      </div>
    </Context>
  );
}

export function useNotices(): Notices {
  const notices = useContext(Context);
  if (!notices) throw new Error('NoticesProvider is missing');
  return notices;
}
