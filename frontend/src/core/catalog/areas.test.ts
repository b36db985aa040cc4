import { describe, expect, it } from 'vitest';
import { placeholders } from '../format';

interface Area {
  words: { en: Record<string, string>; th: Record<string, string> };
}

const areas = Object.entries(import.meta.glob<Area>('../../**/words.ts', { eager: true }));

it('finds the words that come with the screens', () => expect(areas.length).toBeGreaterThan(3));

describe.each(areas)('the words of %s', (_, { words: { en, th } }) => {
  it('are the same in both languages, with the same numbers in them', () => {
    expect(Object.keys(th)).toEqual(Object.keys(en));
    for (const [key, text] of Object.entries(en))
      expect(placeholders(th[key] ?? ''), key).toEqual(placeholders(text));
  });
  it('keep to the voice', () => {
    for (const text of Object.values(th)) expect(text).not.toMatch(/กรุณา|ครับ|ค่ะ/);
  });
});
