import type { WordKey } from './catalog';

/** Where a remedy leads. */
export type Way = 'photo' | 'prompt' | 'ratio' | 'form' | 'send' | 'history' | 'account' | 'studio';

export interface Remedy {
  way: Way;
  word: WordKey;
}

const ANOTHER_PHOTO: Remedy = { way: 'photo', word: 'act_photo' };
const AGAIN: Remedy = { way: 'send', word: 'retry' };

const REMEDIES: Record<string, Remedy> = {
  image_missing: { way: 'photo', word: 'photo_add' },
  invalid_image: ANOTHER_PHOTO,
  unsupported_format: ANOTHER_PHOTO,
  image_animated: ANOTHER_PHOTO,
  image_too_large: ANOTHER_PHOTO,
  image_too_small: ANOTHER_PHOTO,
  payload_too_large: ANOTHER_PHOTO,
  provider_payload_too_large: ANOTHER_PHOTO,
  object_missing: ANOTHER_PHOTO,
  parent_unknown: ANOTHER_PHOTO,
  photo_unreachable: ANOTHER_PHOTO,
  prompt_empty: { way: 'prompt', word: 'act_write' },
  prompt_too_long: { way: 'prompt', word: 'act_shorten' },
  prompt_invalid: { way: 'prompt', word: 'act_shorten' },
  provider_rejected: { way: 'prompt', word: 'edit' },
  validation_failed: { way: 'form', word: 'act_go' },
  ratio_unknown: { way: 'ratio', word: 'act_go' },
  too_many_jobs: { way: 'history', word: 'act_see' },
  insufficient_credits: { way: 'account', word: 'act_account' },
  upload_interrupted: AGAIN,
  connection_lost: { way: 'send', word: 'retry_now' },
  queue_full: AGAIN,
  provider_unavailable: { way: 'send', word: 'act_later' },
  provider_paused: { way: 'send', word: 'act_later' },
  service_unavailable: AGAIN,
  internal_error: AGAIN,
  object_conflict: AGAIN,
  workflow_invalid: AGAIN,
  provider_failed: AGAIN,
  provider_no_image: AGAIN,
  provider_result_invalid: AGAIN,
  timed_out: AGAIN,
  deadline: AGAIN,
  result_lost: AGAIN,
  idempotency_mismatch: AGAIN,
  result_expired: { way: 'studio', word: 'act_again' },
  not_found: { way: 'studio', word: 'act_studio' },
};

/** Whether what is to be mended stands in the form. */
export function leadsToField(code: string): boolean {
  return ['photo', 'prompt', 'ratio', 'form'].includes(remedyOf(code)?.way ?? '');
}

/** The next step that a refusal or a failure leaves; null when there is only waiting. */
export function remedyOf(code: string): Remedy | null {
  return REMEDIES[code] ?? null;
}
