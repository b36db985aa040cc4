import { type ReactNode, useEffect, useRef } from 'react';
import { isLost } from './focus';

export interface StageHeadingProps {
  children: ReactNode;
  testId: string;
  /** It tells the end of something that ran before our eyes. */
  end?: boolean;
}

/** Whoever waits at the button that began it, or stopped it, is told how it ended. */
const WAITING_AT = new Set(['generate', 'cancel-job']);

/** The heading of a state of the stage. When that state took the focused control away, it has the focus. */
export function StageHeading({ children, testId, end = false }: StageHeadingProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  const isEnd = useRef(end);
  useEffect(() => {
    const on = document.activeElement;
    const waits = !on || on === document.body || WAITING_AT.has(on.id);
    if (isLost() || (isEnd.current && waits)) heading.current?.focus({ preventScroll: true });
  }, []);
  return (
    <h2 ref={heading} tabIndex={-1} data-testid={testId}>
      {children}
    </h2>
  );
}
