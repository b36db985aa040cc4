import { useEffect, useState } from 'react';
import type { Problem } from '../../core/problem';
import { secondsToWait } from '../../core/retry';

/** Whole seconds until the gateway will listen again, when that is soon; they pass whatever is typed. */
export function useCountdown(problem: Problem | null): number {
  const [until, setUntil] = useState(0);
  const [now, setNow] = useState(0);
  useEffect(() => {
    const seconds = problem ? secondsToWait(problem) : 0;
    if (seconds === 0) return;
    setNow(Date.now());
    setUntil(Date.now() + seconds * 1_000);
  }, [problem]);
  useEffect(() => {
    const timer = setInterval(() => {
      setNow(Date.now());
      if (Date.now() >= until) clearInterval(timer);
    }, 250);
    return () => clearInterval(timer);
  }, [until]);
  return Math.max(0, Math.ceil((until - now) / 1_000));
}
