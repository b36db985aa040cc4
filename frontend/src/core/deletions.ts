import { Problem } from './problem';

export const UNDO_MS = 5_000;

export interface DeletionsWorld {
  /** Tell the gateway; `leaving` when the page goes away and cannot wait for the answer. */
  remove(id: string, leaving: boolean): Promise<void>;
  /** These are gone for good. */
  onGone(ids: string[]): void;
  /** This one could not be deleted and is shown again. */
  onKept(id: string, problem: Problem): void;
}

/** Deleting hides at once; the gateway hears of it when nothing more was deleted, or undone, for five seconds. */
export class Deletions {
  #hidden: ReadonlySet<string> = new Set();
  #undoable: string[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;
  #listeners = new Set<() => void>();
  #world: DeletionsWorld;

  constructor(world: DeletionsWorld) {
    this.#world = world;
  }

  /** What no list shows; another object after every change. */
  hidden = (): ReadonlySet<string> => this.#hidden;

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Hide one more; answers how many can now be brought back together. */
  add(id: string): number {
    if (!this.#hidden.has(id)) {
      this.#undoable.push(id);
      this.#hide([id], true);
    }
    this.#wait();
    return this.#undoable.length;
  }

  /** Somebody is at the way back: the five seconds begin again once they are not. */
  hold(held: boolean): void {
    if (held) clearTimeout(this.#timer);
    else if (this.#undoable.length > 0) this.#wait();
  }

  /** Bring back everything that the gateway has not heard of; answers what that was. */
  undo(): string[] {
    const back = this.#take();
    this.#hide(back, false);
    return back;
  }

  /** The page goes away: what was deleted is deleted. */
  leave(): void {
    const ids = this.#take();
    for (const id of ids) void this.#world.remove(id, true).catch(() => undefined);
    if (ids.length > 0) this.#world.onGone(ids);
  }

  #wait(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#carryOut(), UNDO_MS);
  }

  #take(): string[] {
    clearTimeout(this.#timer);
    const ids = this.#undoable;
    this.#undoable = [];
    return ids;
  }

  #hide(ids: string[], away: boolean): void {
    const next = new Set(this.#hidden);
    for (const id of ids) away ? next.add(id) : next.delete(id);
    this.#hidden = next;
    for (const listener of this.#listeners) listener();
  }

  async #carryOut(): Promise<void> {
    const gone: string[] = [];
    await Promise.all(
      this.#take().map(async (id) => {
        const problem = await this.#remove(id);
        if (!problem) return gone.push(id);
        this.#hide([id], false);
        this.#world.onKept(id, problem);
      }),
    );
    if (gone.length > 0) this.#world.onGone(gone);
  }

  async #remove(id: string): Promise<Problem | null> {
    try {
      await this.#world.remove(id, false);
    } catch (cause) {
      const problem = Problem.from(cause);
      if (problem.status !== 404) return problem;
    }
    return null;
  }
}
