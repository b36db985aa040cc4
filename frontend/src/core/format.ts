import type { Param } from './api.types';

export type Lang = 'th' | 'en';

/** `{n}` is filled in; `{n|credit|credits}` is chosen by the number n. */
export function fill(template: string, params: Record<string, Param | undefined> = {}): string {
  return template.replace(/\{(\w+)(?:\|([^|}]*)\|([^}]*))?\}/g, (whole, name: string, one, many) => {
    const value = params[name];
    if (value === undefined || value === null) return whole;
    if (one !== undefined) return Number(value) === 1 ? one : many;
    return String(value);
  });
}

/** The names that a sentence needs. */
export function placeholders(template: string): string[] {
  return [...new Set([...template.matchAll(/\{(\w+)/g)].map((match) => match[1] ?? ''))].sort();
}

/** "45 s", "1 min 20 s" / "45 วินาที", "1 นาที 20 วินาที". */
export function duration(ms: number, lang: Lang): string {
  const total = Math.max(0, Math.round(ms / 1000));
  const minutes = Math.floor(total / 60);
  const seconds = total % 60;
  const [min, sec] = lang === 'th' ? ['นาที', 'วินาที'] : ['min', 's'];
  if (minutes === 0) return `${seconds} ${sec}`;
  return seconds === 0 ? `${minutes} ${min}` : `${minutes} ${min} ${seconds} ${sec}`;
}

/** "5–15 s", "1 min 30 s – 3 min": the unit once when it is the same. */
export function durationRange(fromMs: number, toMs: number, lang: Lang): string {
  const [from, to] = [duration(fromMs, lang), duration(toMs, lang)];
  const unit = / [^ ]+$/;
  const single = /^\d+ [^ ]+$/;
  const same = single.test(from) && single.test(to) && unit.exec(from)?.[0] === unit.exec(to)?.[0];
  return same ? `${from.replace(unit, '')}–${to}` : `${from} – ${to}`;
}

/** "0:07", "12:40": for clocks that run. */
export function clock(ms: number): string {
  const total = Math.max(0, Math.floor(ms / 1000));
  return `${Math.floor(total / 60)}:${String(total % 60).padStart(2, '0')}`;
}

export function bytes(n: number): string {
  if (n < 1024 * 1024) return `${Math.max(1, Math.round(n / 1024))} KB`;
  return `${(n / 1048576).toFixed(1)} MB`;
}

const locale = (lang: Lang) => (lang === 'th' ? 'th-TH' : 'en-GB');

/** A moment: the time if it is today, the day otherwise (Buddhist year in Thai). */
export function moment(iso: string, lang: Lang, now = new Date()): string {
  const at = new Date(iso);
  const today = at.toDateString() === now.toDateString();
  const options: Intl.DateTimeFormatOptions = today
    ? { hour: '2-digit', minute: '2-digit' }
    : { day: 'numeric', month: 'short', year: 'numeric' };
  return new Intl.DateTimeFormat(locale(lang), options).format(at);
}
