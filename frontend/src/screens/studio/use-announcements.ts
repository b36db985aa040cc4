import { useCallback, useEffect, useRef } from 'react';
import { Announcer, type Said, UploadAnnouncer } from '../../core/announce';
import type { Job } from '../../core/api.types';
import { serverNow } from '../../core/clock';
import { duration } from '../../core/format';
import { isOpen } from '../../core/job';
import type { Sending } from '../../core/outbox';
import { SENDING } from '../../core/voice';
import { useNotices } from '../../ui/notices';
import { useWords } from '../../ui/words';

const EVERY_MS = 500;

/** Say aloud how the request and the job that comes of it get on. */
export function useAnnouncements(job: Job | null, sending: Sending | null): void {
  const { t, lang } = useWords();
  const { about, announce } = useNotices();
  const openId = job !== null && isOpen(job) ? job.id : null;
  const latest = useRef(job);
  latest.current = job;

  const subject = sending ? SENDING : openId;
  useEffect(() => about(subject), [about, subject]);

  const tell = useCallback(
    (said: Said | null) => {
      if (!said) return;
      const t0 = said.elapsedMs === undefined ? undefined : duration(said.elapsedMs, lang);
      announce(t(said.key, { ...said.params, t: t0 }), said.weight);
    },
    [announce, t, lang],
  );
  const speak = useRef(tell);
  speak.current = tell;

  const upload = useRef<UploadAnnouncer | null>(null);
  useEffect(() => {
    if (!sending) {
      upload.current = null;
      return;
    }
    upload.current ??= new UploadAnnouncer();
    speak.current(upload.current.next(sending.sent, sending.photoUrl ? sending.total : 0));
  }, [sending]);

  useEffect(() => {
    if (!openId) return;
    const announcer = new Announcer();
    const ask = () => {
      if (latest.current?.id === openId) speak.current(announcer.next(latest.current, serverNow()));
    };
    const timer = setInterval(ask, EVERY_MS);
    return () => clearInterval(timer);
  }, [openId]);
}
