import type { JobError, Param, ProblemJson } from './api.types';
import type { Mode } from './draft';

/** A refusal with a code that the catalogs know; `en` and `th` are the server's own sentences, if it sent any. */
export class Problem extends Error {
  readonly code: string;
  readonly status: number;
  readonly params: Record<string, Param>;
  readonly texts: { en: string; th: string } | null;
  readonly retryAfterSeconds: number | null;
  readonly requestId: string;

  constructor(code: string, more: Partial<ProblemJson> = {}) {
    super(code);
    this.name = 'Problem';
    this.code = code;
    this.status = more.status ?? 0;
    this.params = more.retry_after ? { s: more.retry_after, ...more.params } : (more.params ?? {});
    this.texts = more.en && more.th ? { en: more.en, th: more.th } : null;
    this.retryAfterSeconds = more.retry_after ?? null;
    this.requestId = more.request_id ?? '';
  }

  static fromBody(status: number, body: string, headers?: { get(name: string): string | null }): Problem {
    const requestId = headers?.get('x-request-id') ?? '';
    try {
      const json = JSON.parse(body) as Partial<ProblemJson>;
      if (json && typeof json.code === 'string') {
        return new Problem(json.code, { request_id: requestId, ...json, status });
      }
    } catch {
      // not JSON: a proxy's own page, most likely
    }
    const code =
      status === 413 ? 'payload_too_large' : status >= 502 ? 'service_unavailable' : 'internal_error';
    return new Problem(code, { status, request_id: requestId });
  }

  static fromJob(error: JobError): Problem {
    return new Problem(error.code, { en: error.en, th: error.th });
  }

  static from(cause: unknown): Problem {
    if (cause instanceof Problem) return cause;
    return new Problem('connection_lost');
  }
}

const PHOTO_CODES = new Set([
  'image_missing',
  'image_unexpected',
  'parent_unknown',
  'unsupported_format',
  'invalid_image',
  'image_animated',
  'image_too_large',
  'image_too_small',
  'payload_too_large',
  'object_missing',
  'provider_payload_too_large',
  'photo_unreachable',
]);

/** The field of the form that a refusal belongs to; without a photo there is no field for one. */
export function fieldOf(problem: Problem, mode: Mode): 'photo' | 'prompt' | 'form' {
  if (PHOTO_CODES.has(problem.code)) return mode === 'photo' ? 'photo' : 'form';
  return problem.code.startsWith('prompt_') ? 'prompt' : 'form';
}

/** Whether the gateway itself has refused it: whatever becomes of it later, there is no job of it now. */
export function isRefusal({ status }: Problem): boolean {
  return status >= 400 && status < 500 && status !== 408;
}
