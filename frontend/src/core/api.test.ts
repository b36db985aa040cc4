import { expect, it } from 'vitest';
import { variantUrl } from './api';

it('names the variants of a picture', () => {
  expect(variantUrl('a', { of: 'result', format: 'webp', quality: 85 })).toBe(
    '/v1/jobs/a/result?download=1&format=webp&quality=85',
  );
  expect(variantUrl('a', { of: 'thumbnail', size: 768 })).toBe('/v1/jobs/a/thumbnail?size=768');
  expect(variantUrl('a', { of: 'image', size: 1024 })).toBe('/v1/jobs/a/image?size=1024');
});
