import { type Shelf, shelf } from './database';
import type { JobInput } from './upload';

/** Somebody who comes back later than this no longer expects that it is still going. */
const KEPT_MS = 24 * 3600_000;

/** A request that somebody has sent and that is not a job yet. */
export interface SendRow {
  /** Its idempotency key: sending it again, after whatever happened, makes no second job. */
  key: string;
  tab: string;
  at: number;
  input: JobInput;
  /** Whether this browser can draw its photo. */
  drawable: boolean;
}

/** Requests on their way, kept so that a reload of their tab goes on with them. */
export class Pending {
  private readonly rows: Shelf<SendRow>;

  constructor(rows: Shelf<SendRow> = shelf('sends')) {
    this.rows = rows;
  }

  /** A browser that keeps nothing sends all the same. */
  async keep(row: SendRow): Promise<void> {
    await this.rows.put(row).catch(() => undefined);
  }

  async forget(key: string): Promise<void> {
    await this.rows.delete(key).catch(() => undefined);
  }

  /** What a tab was sending when its page went, if it is not too long ago. */
  async of(tab: string, nowMs = Date.now()): Promise<SendRow | null> {
    const rows = await this.rows.all().catch(() => []);
    for (const row of rows) if (nowMs - row.at > KEPT_MS) await this.forget(row.key);
    const mine = rows.filter((row) => row.tab === tab && nowMs - row.at <= KEPT_MS);
    return mine.sort((a, b) => b.at - a.at)[0] ?? null;
  }
}
