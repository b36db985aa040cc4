import { describe, expect, it } from 'vitest';
import { addsByHand, type Device, wayOf } from './install';

const SAFARI = 'AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 Mobile/15E148 Safari/604.1';
const IPHONE = `Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) ${SAFARI}`;
const IPAD = `Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) ${SAFARI}`;
const ANDROID =
  'Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Mobile Safari/537.36';

const device = (userAgent: string, more: Partial<Device> = {}): Device => ({
  userAgent,
  touchPoints: 5,
  standalone: false,
  ...more,
});

describe('a device that adds pages by hand', () => {
  it('is an iPhone, and an iPad that calls itself a Mac', () => {
    expect(addsByHand(device(IPHONE))).toBe(true);
    expect(addsByHand(device(IPAD))).toBe(true);
  });
  it('is neither a Mac nor an Android phone', () => {
    expect(addsByHand(device(IPAD, { touchPoints: 0 }))).toBe(false);
    expect(addsByHand(device(ANDROID))).toBe(false);
  });
  it('is not a page inside another app, which has no home screen to offer', () => {
    expect(addsByHand(device(`${IPHONE} Line/14.3.0`))).toBe(false);
    expect(addsByHand(device(`${IPHONE} [FBAN/FBIOS;FBAV/450.0]`))).toBe(false);
    expect(addsByHand(device(IPHONE.replace(/ Safari.*/, '')))).toBe(false);
  });
});

describe('the way to install', () => {
  it('is the browser’s own question where there is one', () => {
    expect(wayOf(device(ANDROID), true)).toBe('ask');
    expect(wayOf(device(ANDROID), false)).toBe(null);
  });
  it('is shown on an iPhone', () => expect(wayOf(device(IPHONE), false)).toBe('show'));
  it('is not offered to the installed studio', () => {
    expect(wayOf(device(ANDROID, { standalone: true }), true)).toBe(null);
    expect(wayOf(device(IPHONE, { standalone: true }), false)).toBe(null);
  });
});
