import { useEffect, useRef, useState } from 'react';
import { useLocation } from 'wouter';
import { pictureIn } from '../../core/image';
import { pathOf } from '../../core/lang';
import { useWords } from '../../ui/words';
import { toTop } from '../screen';

const isFiles = (event: DragEvent) => Array.from(event.dataTransfer?.types ?? []).includes('Files');

/** A photo that came where there is no form, on its way to the one that there is. */
let carried: File | null = null;

/** Photos dropped or pasted anywhere on the page. Answers whether one is being dragged over it. */
export function useIncoming(onFile: (file: File) => void): boolean {
  // biome-ignore lint/correctness/useExhaustiveDependencies: taken once, when there is a form again
  useEffect(() => {
    if (carried) onFile(carried);
    carried = null;
  }, []);
  return useHandedOver(onFile);
}

/** On another screen they lead to the studio; the browser would leave the page for a file that nobody takes. */
export function useIncomingElsewhere(inStudio: boolean): void {
  const { lang } = useWords();
  const [, navigate] = useLocation();
  useHandedOver((file) => {
    if (inStudio) return;
    carried = file;
    toTop();
    navigate(pathOf(lang));
  });
}

function useHandedOver(onFile: (file: File) => void): boolean {
  const [over, setOver] = useState(false);
  const latest = useRef(onFile);
  latest.current = onFile;

  useEffect(() => {
    let depth = 0;
    const enter = (event: DragEvent) => {
      if (!isFiles(event)) return;
      depth += 1;
      setOver(true);
    };
    const leave = (event: DragEvent) => {
      if (!isFiles(event)) return;
      depth = Math.max(0, depth - 1);
      if (depth === 0) setOver(false);
    };
    const drag = (event: DragEvent) => {
      if (isFiles(event)) event.preventDefault();
    };
    const drop = (event: DragEvent) => {
      if (!isFiles(event)) return;
      event.preventDefault();
      depth = 0;
      setOver(false);
      const file = pictureIn(event.dataTransfer);
      if (file) latest.current(file);
    };
    const paste = (event: ClipboardEvent) => {
      const data = event.clipboardData;
      if (!data || data.getData('text/plain')) return;
      const file = pictureIn(data);
      if (!file) return;
      event.preventDefault();
      latest.current(file);
    };
    window.addEventListener('dragenter', enter);
    window.addEventListener('dragleave', leave);
    window.addEventListener('dragover', drag);
    window.addEventListener('drop', drop);
    document.addEventListener('paste', paste);
    return () => {
      window.removeEventListener('dragenter', enter);
      window.removeEventListener('dragleave', leave);
      window.removeEventListener('dragover', drag);
      window.removeEventListener('drop', drop);
      document.removeEventListener('paste', paste);
    };
  }, []);
  return over;
}
