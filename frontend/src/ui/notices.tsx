import {
  createContext,
  type FocusEvent,
  type ReactNode,
  useCallback,
  useContext,
  useEffect,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
} from 'react';
import { Voice, type Weight } from '../core/voice';
import { Button } from './button';
import styles from './notices.module.css';
import { useWords } from './words';

export interface Toast {
  text: string;
  action?: { label: string; run(): void };
  /** It takes the place of an earlier one about the same. */
  topic?: string;
  ms?: number;
  /** Its action takes the focus: whoever has no mouse would have to look for it behind the whole page. */
  takesFocus?: boolean;
  /** Somebody points at it or is in it, and it stays; or no longer. */
  onHold?(held: boolean): void;
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
  const { t } = useWords();
  const words = useRef(t);
  words.current = t;
  // What they offer is over by then, and a page may come back as it was.
  useEffect(() => {
    const clear = () => setToasts([]);
    window.addEventListener('pagehide', clear);
    return () => window.removeEventListener('pagehide', clear);
  }, []);

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
        const { text, action } = toast;
        voice.say(action ? words.current('said_with_button', { text, label: action.label }) : text);
      },
    };
  }, [voice]);

  return (
    <Context value={notices}>
      {children}
      <div className="sr-only" aria-live="polite" data-testid="live">
        {spoken}
      </div>
      <div className={styles.toasts}>
        {toasts.map((toast) => (
          <Shown key={toast.id} toast={toast} close={close} />
        ))}
      </div>
    </Context>
  );
}

/** One of them: it goes by itself, but not from under somebody's hand. */
function Shown({ toast, close }: { toast: Toast & { id: number }; close(id: number): void }) {
  const [pointed, setPointed] = useState(false);
  const [focused, setFocused] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  const before = useRef<EventTarget | null>(null);
  const { id, action, takesFocus } = toast;
  const held = pointed || focused;

  useLayoutEffect(() => {
    if (takesFocus) button.current?.focus();
  }, [takesFocus]);
  // Before anything else can happen: what is held is not over in the same moment.
  useLayoutEffect(() => {
    if (held) {
      toast.onHold?.(true);
      return () => toast.onHold?.(false);
    }
    const timer = setTimeout(() => close(id), toast.ms ?? SHOWN_MS);
    return () => clearTimeout(timer);
  }, [held, toast, id, close]);

  const enter = ({ target, relatedTarget }: FocusEvent) => {
    setFocused(true);
    if (target.matches(':focus-visible')) before.current ??= relatedTarget;
  };
  const leave = () => {
    if (before.current instanceof HTMLElement) before.current.focus();
    close(id);
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: it only notes that somebody is there
    <div
      className={styles.toast}
      onPointerEnter={() => setPointed(true)}
      onPointerLeave={() => setPointed(false)}
      onFocus={enter}
      onBlur={() => setFocused(false)}
    >
      <p>{toast.text}</p>
      {action && (
        <Button
          ref={button}
          look="plain"
          onKeyDown={(event) => event.key === 'Escape' && leave()}
          onClick={() => {
            leave();
            action.run();
          }}
        >
          {action.label}
        </Button>
      )}
    </div>
  );
}

export function useNotices(): Notices {
  const notices = useContext(Context);
  if (!notices) throw new Error('NoticesProvider is missing');
  return notices;
}
