import { expect, it } from 'vitest';
import { jobIn, jobPath } from './job-path';

it('finds the job again that an address was made for', () => {
  for (const id of ['0190-a', 'a&b=c#d']) {
    const { pathname, search } = new URL(jobPath('/th', id), 'http://studio');
    expect([pathname, jobIn(search)]).toEqual(['/th', id]);
  }
  expect(jobIn('?shared=1')).toBeNull();
});
