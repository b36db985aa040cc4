import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Deletions, type DeletionsWorld, UNDO_MS } from './deletions';
import { Problem } from './problem';

const world = {
  remove: vi.fn<DeletionsWorld['remove']>(),
  onGone: vi.fn<DeletionsWorld['onGone']>(),
  onKept: vi.fn<DeletionsWorld['onKept']>(),
};
let deletions: Deletions;

beforeEach(() => {
  vi.useFakeTimers();
  vi.resetAllMocks();
  world.remove.mockResolvedValue();
  deletions = new Deletions(world);
});
afterEach(() => void vi.useRealTimers());

describe('deleting', () => {
  it('hides at once and tells the gateway five seconds later', async () => {
    expect(deletions.add('a')).toBe(1);
    expect([...deletions.hidden()]).toEqual(['a']);
    await vi.advanceTimersByTimeAsync(UNDO_MS - 1);
    expect(world.remove).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(world.remove).toHaveBeenCalledExactlyOnceWith('a', false);
    expect(world.onGone).toHaveBeenCalledExactlyOnceWith(['a']);
    expect([...deletions.hidden()]).toEqual(['a']);
  });

  it('gives the whole five seconds again to all when one more is deleted', async () => {
    deletions.add('a');
    await vi.advanceTimersByTimeAsync(4_000);
    expect(deletions.add('b')).toBe(2);
    await vi.advanceTimersByTimeAsync(4_000);
    expect(deletions.undo()).toEqual(['a', 'b']);
    await vi.advanceTimersByTimeAsync(UNDO_MS);
    expect(deletions.hidden().size).toBe(0);
    expect(world.remove).not.toHaveBeenCalled();
  });

  it('waits while somebody is at the way back, and the whole five seconds after that', async () => {
    deletions.add('a');
    await vi.advanceTimersByTimeAsync(4_000);
    deletions.hold(true);
    await vi.advanceTimersByTimeAsync(60_000);
    deletions.hold(false);
    await vi.advanceTimersByTimeAsync(UNDO_MS - 1);
    expect(world.remove).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(world.remove).toHaveBeenCalledExactlyOnceWith('a', false);
  });

  it('counts a thing once', () => {
    deletions.add('a');
    expect(deletions.add('a')).toBe(1);
  });

  it('cannot be undone once the gateway has heard of it', async () => {
    deletions.add('a');
    await vi.advanceTimersByTimeAsync(UNDO_MS);
    deletions.add('b');
    expect(deletions.undo()).toEqual(['b']);
    expect([...deletions.hidden()]).toEqual(['a']);
  });

  it('shows again what the gateway would not delete, and only that', async () => {
    const refusal = new Problem('connection_lost');
    world.remove.mockImplementation((id) => (id === 'a' ? Promise.reject(refusal) : Promise.resolve()));
    deletions.add('a');
    deletions.add('b');
    await vi.advanceTimersByTimeAsync(UNDO_MS);
    expect([...deletions.hidden()]).toEqual(['b']);
    expect(world.onKept).toHaveBeenCalledExactlyOnceWith('a', refusal);
    expect(world.onGone).toHaveBeenCalledExactlyOnceWith(['b']);
  });

  it('is done when the thing was gone already', async () => {
    world.remove.mockRejectedValue(new Problem('not_found', { status: 404 }));
    deletions.add('a');
    await vi.advanceTimersByTimeAsync(UNDO_MS);
    expect(world.onGone).toHaveBeenCalledExactlyOnceWith(['a']);
  });

  it('is carried out at once when the page goes away, and once only', async () => {
    deletions.add('a');
    deletions.leave();
    await vi.advanceTimersByTimeAsync(UNDO_MS);
    expect(world.remove).toHaveBeenCalledExactlyOnceWith('a', true);
    expect(world.onGone).toHaveBeenCalledExactlyOnceWith(['a']);
  });

  it('tells whoever listens', () => {
    const told = vi.fn();
    const stop = deletions.subscribe(told);
    const before = deletions.hidden();
    deletions.add('a');
    expect(deletions.hidden()).not.toBe(before);
    deletions.undo();
    stop();
    deletions.add('b');
    expect(told).toHaveBeenCalledTimes(2);
  });
});
