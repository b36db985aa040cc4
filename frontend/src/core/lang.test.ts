import { expect, it } from 'vitest';
import { langOfPath, pathIn, pathOf, screenOfPath } from './lang';

it('knows the language of an address', () => {
  const paths = ['/', '/th', '/en', '/en/', '/en/history', '/english', '/nothing'];
  expect(paths.map(langOfPath)).toEqual(['th', 'th', 'en', 'en', 'en', null, null]);
});

it('knows the screen of an address', () => {
  const paths = ['/', '/th', '/en/', '/th/history', '/en/account/', '/en/nothing', '/th/history/old', '/x'];
  const screens = ['studio', 'studio', 'studio', 'history', 'account', 'missing', 'missing', 'missing'];
  expect(paths.map(screenOfPath)).toEqual(screens);
});

it('leads back to a screen, and from nowhere to the studio', () => {
  expect(pathOf('en', 'history')).toBe('/en/history');
  expect([pathOf('th'), pathOf('th', 'missing')]).toEqual(['/th', '/th']);
});

it('changes the language of an address and nothing else', () => {
  const paths = ['/', '/th', '/th/history', '/en/account/', '/th/nowhere', '/th/a/b', '/x', '/thai'];
  const there = ['/en', '/en', '/en/history', '/en/account', '/en/nowhere', '/en/a/b', '/en/x', '/en/thai'];
  expect(paths.map((path) => pathIn('en', path))).toEqual(there);
});
