import { type ReactNode, useEffect, useRef } from 'react';
import { nameWindow } from '../core/title';
import { Banners, type BannersProps } from '../shell/banners';
import { useWords } from '../ui/words';
import styles from './screen.module.css';

let walked = false;

/** A link to another screen was followed: that one begins at its top, and with the focus if the link is gone. */
export function toTop(): void {
  walked = true;
  scrollTo({ top: 0 });
}

export interface ScreenProps {
  title: string;
  /** How the gateway answers what the screen asks. */
  network?: BannersProps;
  children: ReactNode;
}

/** What every screen but the studio has: a title, also for the window, that takes the focus when nothing else has it. */
export function Screen({ title, network, children }: ScreenProps) {
  const { t } = useWords();
  const heading = useRef<HTMLHeadingElement>(null);
  const brand = t('brand');
  useEffect(() => {
    nameWindow(`${title} – ${brand}`);
  }, [title, brand]);
  useEffect(() => {
    if (walked && document.activeElement === document.body) heading.current?.focus({ preventScroll: true });
  }, []);
  return (
    <main className={styles.screen} id="main">
      {network && <Banners {...network} />}
      <h1 ref={heading} tabIndex={-1}>
        {title}
      </h1>
      {children}
    </main>
  );
}
