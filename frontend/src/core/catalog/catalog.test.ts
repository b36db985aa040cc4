import { describe, expect, it } from 'vitest';
import { duration, durationRange, fill, moment, placeholders } from '../format';
import { Problem } from '../problem';
import { catalog as en, type WordKey } from './en';
import { history } from './history.en';
import { explain, say } from './index';
import { network } from './network.en';
import { pages } from './pages.en';
import { result } from './result.en';
import { studio } from './studio.en';
import { catalog as th } from './th';

const same = (a: string, b: string) => expect(placeholders(a), a).toEqual(placeholders(b));

describe('the catalogs', () => {
  it('have the same words with the same numbers in them', () => {
    expect(Object.keys(th.words).sort()).toEqual(Object.keys(en.words).sort());
    for (const key of Object.keys(en.words) as WordKey[]) same(th.words[key], en.words[key]);
  });
  it('explain the same codes with the same numbers', () => {
    expect(Object.keys(th.errors).sort()).toEqual(Object.keys(en.errors).sort());
    for (const [code, text] of Object.entries(en.errors)) same(th.errors[code] ?? '', text);
  });
  it('keep to the voice', () => {
    for (const text of [...Object.values(th.words), ...Object.values(th.errors)]) {
      expect(text).not.toMatch(/กรุณา|ครับ|ค่ะ/);
    }
  });
});

describe('fill', () => {
  it('puts numbers in and chooses plurals', () => {
    expect(say(en, 'credits_label', { n: 1 })).toBe('1 credit left');
    expect(say(en, 'credits_label', { n: 2 })).toBe('2 credits left');
    expect(say(th, 'credits_label', { n: 1 })).toBe('เหลือ 1 เครดิต');
  });
  it('leaves what it does not know', () => expect(fill('{a} {b}', { a: 0 })).toBe('0 {b}'));
});

describe('explain', () => {
  const texts = { en: 'From the server.', th: 'จากเซิร์ฟเวอร์' };
  it('uses our words when the numbers are there', () => {
    const problem = new Problem('insufficient_credits', { ...texts, params: { need: 2, have: 1 } });
    expect(explain(en, problem)).toBe('This needs 2 credits. You have 1.');
  });
  it('uses the server’s words when they are not, or when the code is unknown', () => {
    expect(explain(th, new Problem('insufficient_credits', texts))).toBe(texts.th);
    expect(explain(en, new Problem('brand_new', texts))).toBe(texts.en);
  });
  it('names the time when there is one', () => {
    const until = '2026-11-20T10:00:00Z';
    const time = moment(until, 'en');
    expect(explain(en, new Problem('maintenance', { params: { until } }))).toContain(`about ${time}.`);
    expect(explain(en, new Problem('maintenance'))).toBe(en.errors.maintenance);
  });
  it('gives the reference when nobody knows', () => {
    expect(explain(en, new Problem('brand_new', { request_id: 'r-1' }))).toContain('r-1');
  });
});

it('speaks of time in both languages', () => {
  expect(duration(80_000, 'en')).toBe('1 min 20 s');
  expect(duration(80_000, 'th')).toBe('1 นาที 20 วินาที');
  expect(duration(120_000, 'en')).toBe('2 min');
  expect(durationRange(5_000, 15_000, 'th')).toBe('5–15 วินาที');
  expect(durationRange(90_000, 120_000, 'en')).toBe('1 min 30 s – 2 min');
  expect(moment('2026-11-20T10:00:00Z', 'th', new Date('2026-12-01'))).toContain('2569');
});

it('says each thing in one area only', () => {
  const keys = [studio, result, history, network, pages].flatMap((area) => Object.keys(area));
  expect(keys.filter((key, at) => keys.indexOf(key) !== at)).toEqual([]);
});
