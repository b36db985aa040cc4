import { expect, it } from 'vitest';
import { insist } from './insist';

it('asks until something comes', async () => {
  let asked = 0;
  const load = async () => {
    asked += 1;
    if (asked < 3) throw new Error('lost');
    return 'here';
  };
  expect(await insist(load, 0)).toBe('here');
  expect(asked).toBe(3);
});
