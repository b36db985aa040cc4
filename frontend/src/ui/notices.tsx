import {
  createContext,
  type ReactNode,
  useCallback,
  useContext,
  useEffect,
  useMemo,
  useRef,
  useState,
} from 'react';
import { Button } from './button';
import styles from './notices.module.css';

export interface Toast {
  text: string;
  action?: { label: string; run(): void };
  ms?: number;
}

interface Notices {
  /** Say something politely to screen readers; the last of several within a second wins. */
  announce(text: string): void;
  show(toast: Toast): void;
}

const Context = createContext<Notices | null>(null);
const PAUSE_MS = 900;

export function NoticesProvider({ children }: { children: ReactNode }) {
  const [spoken, setSpoken] = useState('');
  const [toasts, setToasts] = useState<(Toast & { id: number })[]>([]);
  const waiting = useRef<ReturnType<typeof setTimeout>>(undefined);
  const nextId = useRef(1);

  const announce = useCallback((text: string) => {
    clearTimeout(waiting.current);
    waiting.current = setTimeout(() => setSpoken(text), PAUSE_MS);
  }, []);
  const close = useCallback((id: number) => setToasts((all) => all.filter((one) => one.id !== id)), []);
  const show = useCallback(
    (toast: Toast) => {
      const id = nextId.current++;
      setToasts((all) => [...all.slice(-2), { ...toast, id }]);
      announce(toast.text);
      setTimeout(() => close(id), toast.ms ?? 5_000);
    },
    [announce, close],
  );
  useEffect(() => () => clearTimeout(waiting.current), []);
  const notices = useMemo(() => ({ announce, show }), [announce, show]);

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
