import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Announcer, UploadAnnouncer } from './announce';
import type { Job } from './api.types';
import { aJob, at, T0 } from './testing';
import { MOST, SENDING, Voice } from './voice';

const waiting = (position: number | null) =>
  aJob({ status: 'queued', stage: 'queued', queue_position: position, started_at: null });

function listener() {
  const announcer = new Announcer();
  return (job: Job, seconds: number) => announcer.next(job, T0 + seconds * 1000);
}

describe('the announcer', () => {
  it('says a place in the line at most once in ten seconds, and the last one then', () => {
    const tell = listener();
    expect(tell(waiting(5), 0)).toMatchObject({ key: 'queue', params: { n: 5 } });
    expect(tell(waiting(4), 2)).toBeNull();
    expect(tell(waiting(3), 4)).toBeNull();
    expect(tell(waiting(3), 9)).toBeNull();
    expect(tell(waiting(3), 10)).toMatchObject({ key: 'queue', params: { n: 3 } });
    expect(tell(waiting(3), 30)).toBeNull();
    expect(tell(waiting(1), 31)).toMatchObject({ key: 'queue_next' });
  });

  it('says each quarter once', () => {
    const tell = listener();
    const heard = [];
    for (let step = 0; step <= 20; step++) {
      const said = tell(aJob({ progress: { step, steps: 20, percent: null } }), step / 4);
      if (said) heard.push(said.params?.pct ?? said.key);
    }
    expect(heard).toEqual(['now_generating', 25, 50, 75]);
  });

  it('says every half minute that it still works when there are no steps', () => {
    const tell = listener();
    const calm = { eta: { p50_ms: null, p90_ms: null, n: 0 } };
    const heard = [];
    for (let second = 2; second <= 100; second++) {
      const said = tell(aJob(calm), second);
      if (said) heard.push([second, said.key, said.elapsedMs]);
    }
    expect(heard).toEqual([
      [2, 'now_generating', undefined],
      [32, 'still_working', 32_000],
      [62, 'still_working', 62_000],
      [92, 'still_working', 92_000],
    ]);
  });

  it('says once that it takes longer than usual', () => {
    const tell = listener();
    tell(aJob(), 5);
    expect(tell(aJob(), 18)).toMatchObject({ key: 'slow' });
    expect(tell(aJob(), 19)).toBeNull();
  });

  it('leaves the end to whoever shows it', () => {
    const tell = listener();
    tell(aJob(), 5);
    expect(tell(aJob({ status: 'done', stage: 'done', finished_at: at(9) }), 9)).toBeNull();
  });
});

it('speaks of an upload at its start and at half of it', () => {
  const announcer = new UploadAnnouncer();
  const heard = [0, 10, 49, 51, 80, 100].map((sent) => announcer.next(sent, 100)?.key ?? null);
  expect(heard).toEqual(['uploading_start', null, null, 'uploading', null, null]);
  expect(new UploadAnnouncer().next(0, 0)?.key).toBe('sending_request');
});

describe('the voice', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  function speak() {
    const heard: string[] = [];
    const voice = new Voice((text) => heard.push(text));
    const say = (text: string, weight?: Parameters<Voice['say']>[1]) => {
      voice.say(text, weight);
      vi.advanceTimersByTime(1_000);
    };
    return { heard, voice, say };
  }

  it('says the last of several', () => {
    const { heard, voice } = speak();
    voice.say('one');
    voice.say('two');
    vi.advanceTimersByTime(1_000);
    expect(heard).toEqual(['two']);
  });

  it('says the same sentence so that it is heard again', () => {
    const { heard, say } = speak();
    say('Deleted.');
    say('Deleted.');
    expect(heard[0]).not.toBe(heard[1]);
    expect(heard.map((text) => text.trim())).toEqual(['Deleted.', 'Deleted.']);
  });

  it('keeps to ten about one job, whoever speaks, and always has one left for the end', () => {
    const { heard, voice, say } = speak();
    voice.about(SENDING);
    say('sending', 'news');
    voice.about(null);
    voice.about('job-1');
    for (let n = 30; n > 0; n--) say(`place ${n}`, 'queue');
    for (let n = 0; n < 30; n++) say(`still ${n}`, 'tick');
    for (let n = 0; n < 30; n++) say(`news ${n}`, 'news');
    for (let n = 0; n < 30; n++) say(`offline ${n}`);
    expect(heard).toHaveLength(MOST - 1);
    expect(heard).toEqual(expect.arrayContaining(['place 30', 'still 0', 'news 0', 'offline 0']));
    voice.about(null);
    say('done');
    expect(heard.at(-1)).toBe('done');
    expect(heard).toHaveLength(MOST);
  });

  it('begins anew with the next request', () => {
    const { heard, voice, say } = speak();
    for (let round = 0; round < 2; round++) {
      voice.about(SENDING);
      for (let n = 0; n < 20; n++) say(`${round}-${n}`);
      voice.about(null);
    }
    expect(heard).toHaveLength(2 * (MOST - 1));
  });
});
