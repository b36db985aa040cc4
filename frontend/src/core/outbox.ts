import type { Job } from './api.types';
import { newId } from './ids';
import { Pending, type SendRow } from './pending';
import { isRefusal, Problem } from './problem';
import { type Away, type Delivery, type SendWorld, send } from './send';

export interface Made {
  row: SendRow;
  job: Job;
  problem: null;
}

export interface Refused {
  row: SendRow;
  job: null;
  problem: Problem;
}

/** How a request ended: as a job, or why it is none. */
export type Ended = Made | Refused;

export interface Sending {
  /** What is away, so that nothing leaves now; it goes on by itself. */
  waiting: Away | null;
  /** It is not wanted any more; whether it is a job already is not known yet. */
  stopping: boolean;
  sent: number;
  total: number;
  photoUrl: string | null;
  prompt: string;
  ratio: string;
  /** It is over, and nobody has seen to it yet. */
  ended: Ended | null;
}

/** Hears of every request that has ended, also of one that was stopped. */
export type OnEnd = (ended: Ended) => void;

export function isGoing(sending: Sending | null): boolean {
  return sending !== null && sending.ended === null;
}

/** The same request once more: under another key where its own was refused, else it may have become a job already. */
export function againOf({ row, problem }: Refused): SendRow {
  const key = isRefusal(problem) ? newId() : row.key;
  return { ...row, key, at: Date.now(), input: { ...row.input, idempotencyKey: key } };
}

/** Sends one request at a time, for the page and over its reloads. */
export class Outbox {
  private readonly world: SendWorld;
  private readonly onEnd: OnEnd;
  private readonly pending: Pending;
  private readonly listeners = new Set<() => void>();
  private sending: Sending | null = null;
  private delivery: Delivery | null = null;
  private looked: Promise<void> | null = null;

  constructor(world: SendWorld, onEnd: OnEnd, pending = new Pending()) {
    this.world = world;
    this.onEnd = onEnd;
    this.pending = pending;
  }

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  now = (): Sending | null => this.sending;

  /**
   * Send a request, unless one is being sent. How it ends stands in `now` until that is settled, and until then a
   * reload sends it again, which makes no second job: a page may go between the answer and whoever sees to it.
   */
  send(row: SendRow): void {
    if (isGoing(this.sending)) return;
    this.settle();
    const { photo, prompt, ratio } = row.input;
    const photoUrl = photo && row.drawable ? URL.createObjectURL(photo.blob) : null;
    const shown = { photoUrl, prompt, ratio, ended: null };
    this.set({ ...shown, waiting: null, stopping: false, sent: 0, total: photo?.blob.size ?? 0 });
    void this.pending.keep(row);
    this.delivery = send(row.input, (state) => this.set({ ...shown, ...state }), this.world);
    const end = (ended: Ended) => {
      this.delivery = null;
      this.onEnd(ended);
      this.set(this.sending && { ...this.sending, ended });
      if (ended.problem?.code === 'upload_cancelled') this.settle();
    };
    this.delivery.done.then(
      (job) => end({ row, job, problem: null }),
      (cause) => end({ row, job: null, problem: Problem.from(cause) }),
    );
  }

  /** Go on with what this tab was sending before a reload; looked for once. */
  resume(tab: string): Promise<void> {
    this.looked ??= this.pending.of(tab).then((row) => {
      if (row) this.send(row);
    });
    return this.looked;
  }

  /** Somebody has seen how it ended. */
  settle(): void {
    const ended = this.sending?.ended;
    if (!ended) return;
    void this.pending.forget(ended.row.key);
    this.set(null);
  }

  /** Let what is being sent not be made; answers whether that is settled already. */
  stop(): boolean {
    return this.delivery?.stop() ?? true;
  }

  private set(sending: Sending | null): void {
    const shown = this.sending?.photoUrl;
    if (shown && shown !== sending?.photoUrl) URL.revokeObjectURL(shown);
    this.sending = sending;
    for (const listener of this.listeners) listener();
  }
}
