import { useEffect, useState } from 'react';
import type { Problem } from '../../core/problem';

export type SetProblem = (problem: Problem | null) => void;

/** What went wrong last; one that only asks to wait is over when the wait is. */
export function useProblem(): [Problem | null, SetProblem] {
  const [problem, setProblem] = useState<Problem | null>(null);
  useEffect(() => {
    if (problem?.status !== 429 || !problem.retryAfterSeconds) return;
    const over = setTimeout(() => setProblem(null), problem.retryAfterSeconds * 1_000);
    return () => clearTimeout(over);
  }, [problem]);
  return [problem, setProblem];
}
