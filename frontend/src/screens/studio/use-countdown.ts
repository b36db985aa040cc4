import { useEffect, useState } from 'react';
import type { Problem } from '../../core/problem';

/** Whole seconds until the gateway will listen again, as it asked with `retry_after`. */
export function useCountdown(problem: Problem | null): number {
  const [left, setLeft] = useState(0);
  useEffect(() => {
    const until = Date.now() + (problem?.retryAfterSeconds ?? 0) * 1000;
    const count = () => setLeft(Math.max(0, Math.ceil((until - Date.now()) / 1000)));
    count();
    if (!problem?.retryAfterSeconds) return;
    const timer = setInterval(count, 500);
    return () => clearInterval(timer);
  }, [problem]);
  return left;
}
