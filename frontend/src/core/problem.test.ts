import { expect, it } from 'vitest';
import { fieldOf, isRefusal, Problem } from './problem';

it('reads problem+json', () => {
  const body = JSON.stringify({
    code: 'rate_limited',
    en: 'Wait.',
    th: 'รอ',
    retry_after: 5,
    request_id: 'r',
  });
  const problem = Problem.fromBody(429, body);
  expect(problem).toMatchObject({ code: 'rate_limited', status: 429, retryAfterSeconds: 5, requestId: 'r' });
  expect(problem.texts).toEqual({ en: 'Wait.', th: 'รอ' });
});

it('makes sense of pages that are not ours', () => {
  expect(Problem.fromBody(502, '<html>').code).toBe('service_unavailable');
  expect(Problem.fromBody(413, '').code).toBe('payload_too_large');
  expect(Problem.fromBody(500, '{"detail": "x"}').code).toBe('internal_error');
});

it('knows the field a refusal belongs to', () => {
  expect(fieldOf(new Problem('image_missing'), 'photo')).toBe('photo');
  expect(fieldOf(new Problem('invalid_image'), 'text')).toBe('form');
  expect(fieldOf(new Problem('prompt_too_long'), 'photo')).toBe('prompt');
  expect(fieldOf(new Problem('insufficient_credits'), 'photo')).toBe('form');
});

it('knows a refusal, after which there is no job, from what may have made one', () => {
  const status = (status: number) => new Problem('any', { status });
  expect([409, 422, 429].map(status).every(isRefusal)).toBe(true);
  expect([0, 408, 500, 503].map(status).some(isRefusal)).toBe(false);
});
