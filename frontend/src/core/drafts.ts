import { type KeptPhoto, type Photos, photos } from './blobs';
import { type Shelf, shelf } from './database';
import { type Draft, draftOf } from './draft';
import { newId } from './ids';

const CARRIED = 'ob.tab';
/** Where the first version kept its one draft, for all tabs. */
const OLD_DRAFT = 'ob.draft';
const OLD_PHOTO = 'draft';
const KEPT_ROWS = 8;
const KEPT_MS = 30 * 24 * 3600_000;

export interface DraftRow {
  tab: string;
  draft: Draft;
  at: number;
}

export interface DraftWorld {
  rows: Shelf<DraftRow>;
  photos: Photos;
  /** What one tab keeps over a reload, and what all tabs share. */
  session: Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;
  local: Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;
}

export interface Restored {
  draft: Draft;
  /** It may be large, and comes later. */
  photo: Promise<KeptPhoto | null>;
}

const photoOf = (tab: string) => `draft:${tab}`;

/**
 * The draft of this tab. Each tab writes a row of its own, so none destroys another's text; a new tab
 * begins with a copy of the draft that was touched last. Over a reload the tab carries its name and its
 * text itself: what was typed a moment before has not reached the database yet.
 */
export class Drafts {
  readonly tab: string;
  private readonly world: DraftWorld;
  private latest: Draft | null;
  private unsaved: Draft | null = null;
  private saving: Promise<boolean> | null = null;
  /** This tab has kept or forgotten a photo: what another tab left must not come over that. */
  private photoIsOwn = false;

  constructor(world: DraftWorld) {
    this.world = world;
    const carried = parse(read(world.session, CARRIED)) as { tab?: unknown; draft?: unknown } | null;
    this.tab = typeof carried?.tab === 'string' ? carried.tab : newId();
    this.latest = draftOf(carried?.draft);
    this.settle();
  }

  /** The page may be about to go: carry over what a reload of this tab is to find. */
  carry(): void {
    const carried = JSON.stringify({ tab: this.tab, draft: this.latest });
    attempt(() => this.world.session.setItem(CARRIED, carried));
  }

  /** The page stays. A copy of this tab made from now on is to be another tab. */
  settle(): void {
    attempt(() => this.world.session.removeItem(CARRIED));
  }

  async restore(): Promise<Restored | null> {
    const rows = (await this.world.rows.all().catch(() => [])).sort((a, b) => b.at - a.at);
    const mine = rows.find((row) => row.tab === this.tab);
    const row = mine ?? (this.latest ? undefined : rows[0]);
    const draft = this.latest ?? draftOf(row?.draft);
    if (!draft) return this.fromFirstVersion();
    if (!this.latest) void this.save(draft);
    return { draft, photo: this.photoFrom(row).finally(() => this.forgetOld(rows)) };
  }

  /** Keep a draft; false when the browser would not. Of several at once the last one counts. */
  save(draft: Draft): Promise<boolean> {
    this.latest = draft;
    this.unsaved = draft;
    this.saving ??= this.write().finally(() => {
      this.saving = null;
    });
    return this.saving;
  }

  /** A draft was sent: the same words again are another job. */
  async renew(sentKey: string): Promise<void> {
    if (this.latest?.key === sentKey) await this.save({ ...this.latest, key: newId() });
  }

  keepPhoto(photo: KeptPhoto): Promise<boolean> {
    this.photoIsOwn = true;
    return this.world.photos.keep(photoOf(this.tab), photo);
  }

  forgetPhoto(): Promise<void> {
    this.photoIsOwn = true;
    return this.world.photos.forget(photoOf(this.tab));
  }

  private async write(): Promise<boolean> {
    try {
      while (this.unsaved) {
        const draft = this.unsaved;
        this.unsaved = null;
        await this.world.rows.put({ tab: this.tab, draft, at: Date.now() });
      }
      return true;
    } catch {
      return false;
    }
  }

  private async photoFrom(row: DraftRow | undefined): Promise<KeptPhoto | null> {
    const own = await this.world.photos.kept(photoOf(this.tab));
    if (own || !row || row.tab === this.tab) return own;
    const theirs = await this.world.photos.kept(photoOf(row.tab));
    if (theirs && !this.photoIsOwn) await this.keepPhoto(theirs);
    return theirs;
  }

  private async fromFirstVersion(): Promise<Restored | null> {
    const draft = draftOf(parse(read(this.world.local, OLD_DRAFT)));
    if (!draft) return null;
    const photo = await this.world.photos.kept(OLD_PHOTO);
    const kept = (await this.save(draft)) && (!photo || (await this.keepPhoto(photo)));
    if (kept) {
      attempt(() => this.world.local.removeItem(OLD_DRAFT));
      await this.world.photos.forget(OLD_PHOTO);
    }
    return { draft, photo: Promise.resolve(photo) };
  }

  private async forgetOld(rows: DraftRow[]): Promise<void> {
    const others = rows.filter((row) => row.tab !== this.tab);
    const old = others.filter((row, n) => n >= KEPT_ROWS || Date.now() - row.at > KEPT_MS);
    for (const { tab } of old) {
      await this.world.rows.delete(tab).catch(() => undefined);
      await this.world.photos.forget(photoOf(tab));
    }
  }
}

function read(storage: DraftWorld['session'], key: string): string | null {
  try {
    return storage.getItem(key);
  } catch {
    return null;
  }
}

/** A window that keeps nothing (private, full) is no reason to stop. */
function attempt(act: () => void): void {
  try {
    act();
  } catch {
    // nothing is carried then; the database has what was typed up to a moment ago
  }
}

function parse(text: string | null): unknown {
  try {
    return text ? JSON.parse(text) : null;
  } catch {
    return null;
  }
}

/** A browser that is told to keep nothing throws when its storage is so much as named. */
function storage(name: () => Storage): DraftWorld['session'] {
  try {
    return name();
  } catch {
    return { getItem: () => null, setItem: () => undefined, removeItem: () => undefined };
  }
}

/** This tab's draft, in this browser. */
export function openDrafts(): Drafts {
  const drafts = new Drafts({
    rows: shelf('drafts'),
    photos,
    session: storage(() => sessionStorage),
    local: storage(() => localStorage),
  });
  window.addEventListener('pagehide', () => drafts.carry());
  window.addEventListener('pageshow', () => drafts.settle());
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'hidden') drafts.carry();
    else drafts.settle();
  });
  return drafts;
}
