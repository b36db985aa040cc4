import { changed, type Draft, emptyDraft, FIRST, merged, type Wishes } from './draft';
import type { Drafts } from './drafts';
import { newId } from './ids';
import type { Limits, OnGlimpse, Photo } from './photo';
import { Problem } from './problem';

/** A photo on its way into the draft, with something to look at meanwhile where there is anything. */
export interface Preparing {
  url: string | null;
}

export interface Laid {
  draft: Draft;
  photo: Photo | null;
  preparing: Preparing | null;
  /** What was kept is here, its photo too, as far as there was anything. */
  restored: boolean;
  /** The key of the draft as it stood when it was sent; anything changed since has given it another. */
  sentKey: string | null;
}

export interface DeskWorld {
  drafts(): Pick<Drafts, 'restore' | 'save' | 'renew' | 'keepPhoto' | 'forgetPhoto'>;
  read(file: Blob, name: string, limits: Limits | null, onGlimpse?: OnGlimpse): Promise<Photo>;
}

export const EMPTY_DESK: Laid = {
  draft: FIRST,
  photo: null,
  preparing: null,
  restored: false,
  sentKey: null,
};

/** What is ready sooner needs no word about it. */
const SOON_MS = 150;

/** The draft that somebody works on: what is laid on it is kept, and comes back with the page. */
export class Desk {
  private readonly world: DeskWorld;
  private readonly listeners = new Set<() => void>();
  private laid = EMPTY_DESK;
  /** Whoever prepares a photo has a turn; a newer one takes it away. */
  private turn = 0;
  /** In whose turn somebody last chose to go with a photo or without. */
  private modeTurn = -1;
  private coming = false;
  private waiting: ((here: boolean) => void)[] = [];
  private restoring: Promise<void> | null = null;
  private textIsHere = false;
  private toldNoSpace = false;
  /** Hears, once, that this browser keeps nothing. */
  onNoSpace = (): void => undefined;

  constructor(world: DeskWorld) {
    this.world = world;
  }

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  now = (): Laid => this.laid;

  /** Bring what was kept, once: the text as soon as it is here, and then the photo. */
  restore(): Promise<void> {
    this.restoring ??= this.bring();
    return this.restoring;
  }

  private async bring(): Promise<void> {
    const found = await this.world.drafts().restore();
    this.textIsHere = true;
    const { draft: typed, photo } = this.laid;
    if (typed === FIRST) this.set({ draft: found?.draft ?? emptyDraft() });
    else {
      const both = found ? merged(found.draft, typed) : typed;
      this.lay(photo ? { ...both, mode: 'photo', parent: null } : both, photo);
    }
    const kept = await found?.photo;
    const untouched = this.turn === 0;
    if (kept && untouched) {
      const read = () => this.world.read(kept.blob, kept.name, null);
      await this.prepare(read, (ready) => this.set({ photo: ready }));
    }
    this.set({ restored: true });
  }

  change = (part: Partial<Wishes>): void => {
    if (part.mode) this.modeTurn = this.turn;
    this.lay(changed(this.laid.draft, part), this.laid.photo);
  };

  /** Offer words; they are taken when none stand there. */
  suggest = (prompt: string): void => {
    if (!this.laid.draft.prompt.trim()) this.change({ prompt });
  };

  /** Put other words there; answers the way back to those that stood there, which touches nothing else. */
  reword = (prompt: string): (() => void) => {
    const before = this.laid.draft.prompt;
    this.change({ prompt });
    return () => this.change({ prompt: before });
  };

  /** Take a file as the photo; answers the problem when it cannot be used. */
  choose = (file: Blob, name: string, limits: Limits | null): Promise<Problem | null> =>
    this.prepare((look) => this.world.read(file, name, limits, look), this.layPhoto);

  /** Take the photo out, or stop preparing the one that was chosen. */
  removePhoto = (): void => {
    const { preparing, photo, draft, restored } = this.laid;
    if (preparing) {
      this.stopPreparing();
      if (!restored) void this.world.drafts().forgetPhoto();
    } else if (photo || draft.parent) this.lay(changed(draft, { parent: null }), null);
  };

  /** Whether a photo is on its way, also in the moment before there is a word about it. */
  get isComing(): boolean {
    return this.coming;
  }

  /** Wait for a photo that is on its way; false when it did not come, or another one was wanted. */
  photoHere = (): Promise<boolean> =>
    this.coming ? new Promise((resolve) => this.waiting.push(resolve)) : Promise.resolve(true);

  /**
   * Set all wishes at once, as when a job is made again. The photo that stands there stays until the one that
   * belongs to them has come; answers the problem when that cannot be had.
   */
  replace = async (
    wishes: Partial<Wishes>,
    photo: (() => Promise<Photo>) | null,
  ): Promise<Problem | null> => {
    this.stopPreparing();
    const draft = changed(emptyDraft(), wishes);
    this.lay(draft, draft.parent ? null : this.laid.photo);
    return photo && this.prepare(photo, this.layPhoto);
  };

  /** A way back to what stands there now, but for what is given to it; null when nobody would miss it. */
  mark = (): ((but?: Partial<Wishes>) => void) | null => {
    const { draft, photo } = this.laid;
    if (!draft.prompt.trim() && !photo && !draft.parent) return null;
    return (but = {}) => {
      this.stopPreparing();
      this.lay(changed(draft, but), photo && { ...photo, url: URL.createObjectURL(photo.blob) });
    };
  };

  /** A job was made of it: the same words again are another one. */
  renew = (sentKey: string): void => {
    if (this.rekey(sentKey)) this.set({ sentKey: this.laid.draft.key });
  };

  /** The gateway will not take it under this key: the same words may be sent under another one. */
  rekey = (key: string): boolean => {
    const { draft, photo } = this.laid;
    if (!this.textIsHere) void this.world.drafts().renew(key);
    if (draft.key !== key) return false;
    this.lay({ ...draft, key: newId() }, photo);
    return true;
  };

  /** Lay a photo there, and use it unless somebody has turned to words alone since it was chosen. */
  private layPhoto = (photo: Photo): void => {
    const { draft } = this.laid;
    const mode = this.modeTurn === this.turn ? draft.mode : 'photo';
    this.lay(changed(draft, { mode, parent: null }), photo);
  };

  /** Make a photo ready and use it, unless another one was wanted meanwhile. */
  private async prepare(
    make: (look: OnGlimpse) => Promise<Photo>,
    use: (photo: Photo) => void,
  ): Promise<Problem | null> {
    this.stopPreparing();
    this.coming = true;
    const mine = this.turn;
    const urls: string[] = [];
    const show = () => {
      if (this.turn === mine) this.set({ preparing: { url: urls.at(-1) ?? null } });
    };
    const look = (url: string) => {
      urls.push(url);
      if (this.laid.preparing) show();
    };
    const soon = setTimeout(show, SOON_MS);
    try {
      const photo = await make(look);
      if (this.turn === mine) {
        use(photo);
        this.endComing(true);
      } else URL.revokeObjectURL(photo.url);
      return null;
    } catch (cause) {
      if (this.turn !== mine) return null;
      return cause instanceof Problem ? cause : new Problem('invalid_image');
    } finally {
      clearTimeout(soon);
      if (this.turn === mine) this.stopPreparing();
      for (const url of urls) URL.revokeObjectURL(url);
    }
  }

  private endComing(here: boolean): void {
    this.coming = false;
    for (const tell of this.waiting.splice(0)) tell(here);
  }

  private stopPreparing(): void {
    this.turn += 1;
    this.endComing(false);
    if (this.laid.preparing) this.set({ preparing: null });
  }

  private lay(draft: Draft, photo: Photo | null): void {
    const { photo: before, restored } = this.laid;
    if (before && before.url !== photo?.url) URL.revokeObjectURL(before.url);
    this.set({ draft, photo });
    const drafts = this.world.drafts();
    // Before the kept text is here, saving would destroy it.
    if (this.textIsHere) void drafts.save(draft).then(this.noteKept);
    if (photo && photo !== before) void drafts.keepPhoto(photo).then(this.noteKept);
    // A kept photo that is not here yet has no place beside a picture of the house either.
    if (!photo && (before || (draft.parent && !restored))) void drafts.forgetPhoto();
  }

  private noteKept = (kept: boolean): void => {
    if (kept || this.toldNoSpace) return;
    this.toldNoSpace = true;
    this.onNoSpace();
  };

  private set(news: Partial<Laid>): void {
    this.laid = { ...this.laid, ...news };
    for (const listener of this.listeners) listener();
  }
}
