/** Screen readers hear at most this many sentences about one job; the last is kept for its end. */
export const MOST = 10;

/** What moves by itself may use so much of it, so that there is room for what matters more. */
const ROOM = { queue: 4, tick: 7, news: 8, answer: 9 } as const;
export type Weight = keyof typeof ROOM;

/** A request on its way; the job that comes of it goes on with the same budget. */
export const SENDING = 'sending';

const PAUSE_MS = 900;

/** The one mouth of the page: everything said to screen readers comes through here and shares a budget. */
export class Voice {
  private spent = 0;
  private subject: string | null = null;
  private before: string | null = null;
  private said = '';
  private waiting: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly write: (text: string) => void) {}

  /** What follows is about this open job, or a request being sent; null: about none, and free. */
  about(subject: string | null): void {
    if (subject !== null && subject !== this.subject) {
      if (this.before !== SENDING || subject === SENDING) this.spent = 0;
      this.before = subject;
    }
    this.subject = subject;
  }

  /** Of several sentences within a second the last one is said. */
  say(text: string, weight: Weight = 'answer'): void {
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => this.speak(text, weight), PAUSE_MS);
  }

  stop(): void {
    clearTimeout(this.waiting);
  }

  private speak(text: string, weight: Weight): void {
    if (this.subject !== null && this.spent >= ROOM[weight]) return;
    this.spent += 1;
    // A region that does not change is not read again.
    this.said = text === this.said ? `${text}\u00a0` : text;
    this.write(this.said);
  }
}
