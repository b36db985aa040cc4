import { useEffect, useState, useSyncExternalStore } from 'react';
import { Desk, EMPTY_DESK, type Laid } from '../../core/desk';
import { type Drafts, openDrafts } from '../../core/drafts';
import { photoWork, readPhoto } from '../../core/photo';

let drafts: Drafts | null = null;
export function tabDrafts(): Drafts {
  drafts ??= openDrafts();
  return drafts;
}

/** The draft of this tab outlives the screen that shows it. */
export const desk = new Desk({ drafts: tabDrafts, read: readPhoto });

/** The words on the prerendered page. They must be on the desk before the page is drawn over, which takes them away. */
function takeTypedWords(): void {
  if (typeof document === 'undefined') return;
  const words = document.querySelector<HTMLTextAreaElement>('#prompt-input')?.value;
  if (words) desk.change({ prompt: words });
}

const asPrerendered = () => EMPTY_DESK;

/** What lies on the desk, brought back when it is first looked at. */
export function useDraft(onNoSpace: () => void): Laid {
  useState(takeTypedWords);
  useEffect(() => {
    desk.onNoSpace = onNoSpace;
  }, [onNoSpace]);
  useEffect(() => {
    void desk.restore().then(() => photoWork().catch(() => undefined));
  }, []);
  return useSyncExternalStore(desk.subscribe, desk.now, asPrerendered);
}
