import { expect, it } from 'vitest';
import { catalog } from './catalog/en';
import { inAppBrowser, outsideUrl } from './in-app';
import { leadsToField, remedyOf } from './remedy';
import { reportText } from './report';
import { aJob, at } from './testing';

it.each([
  ['unsupported_format', 'photo'],
  ['prompt_too_long', 'prompt'],
  ['ratio_unknown', 'ratio'],
  ['too_many_jobs', 'history'],
  ['queue_full', 'send'],
  ['not_found', 'studio'],
])('%s is mended by way of the %s', (code, way) => {
  expect(remedyOf(code)?.way).toBe(way);
  expect(catalog.words[remedyOf(code)?.word ?? 'close']).not.toBe('');
});

it('offers no button where there is only waiting', () => {
  expect(remedyOf('rate_limited')).toBeNull();
  expect(remedyOf('cancel_too_late')).toBeNull();
});

it('knows what is mended in the form', () => {
  const codes = ['invalid_image', 'prompt_invalid', 'ratio_unknown', 'queue_full', 'insufficient_credits'];
  expect(codes.map(leadsToField)).toEqual([true, true, true, false, false]);
});

const IOS = 'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)';
const ANDROID =
  'Mozilla/5.0 (Linux; Android 13; SM-A135F Build/TP1A; wv) AppleWebKit/537.36 Chrome/126.0.0.0';

it('knows the browsers inside apps', () => {
  expect(inAppBrowser(`${IOS} Safari Line/14.9.0`)).toBe('line');
  expect(inAppBrowser(`${IOS} Mobile/15E148 [FBAN/FBIOS;FBAV/470.0]`)).toBe('other');
  expect(inAppBrowser(`${ANDROID} Mobile Safari/537.36`)).toBe('other');
  expect(inAppBrowser(`${IOS} Version/17.5 Mobile/15E148 Safari/604.1`)).toBeNull();
  expect(inAppBrowser(ANDROID.replace('; wv', ''))).toBeNull();
});

it('leads out of them where the app lets it', () => {
  expect(outsideUrl('https://a.example/th', 'line', IOS)).toBe('https://a.example/th?openExternalBrowser=1');
  expect(outsideUrl('https://a.example/th', 'other', ANDROID)).toBe(
    'intent://a.example/th#Intent;scheme=https;end',
  );
  expect(outsideUrl('https://a.example/th', 'other', IOS)).toBeNull();
});

it('reports names and numbers, and none of the words', () => {
  const error = { code: 'timed_out', en: '', th: '', fault: 'provider', retryable: true } as const;
  const failed = aJob({ status: 'failed', stage: 'failed', error, finished_at: at(9), prompt: 'my secret' });
  const text = reportText(failed, 'req-7');
  for (const part of ['job-1', 'timed_out', 'req-7', at(9)]) expect(text).toContain(part);
  expect(text).not.toContain('my secret');
});
