import type { ReactNode } from 'react';

function Sign({ children }: { children: ReactNode }) {
  return (
    <svg
      width="44"
      height="44"
      viewBox="0 0 44 44"
      fill="none"
      stroke="currentColor"
      strokeWidth="2"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
      focusable="false"
    >
      {children}
    </svg>
  );
}

/** The sign of the share button as it is drawn on iPhones: a tray and an arrow up. */
export function ShareSign() {
  return (
    <Sign>
      <path d="M16 18h-3v17h18V18h-3M22 27V8M16.500 13 22 7.500 27.500 13" />
    </Sign>
  );
}

/** The sign beside "Add to Home Screen" there: a plus in a square. */
export function AddSign() {
  return (
    <Sign>
      <path d="M13 9h18a4 4 0 0 1 4 4v18a4 4 0 0 1-4 4H13a4 4 0 0 1-4-4V13a4 4 0 0 1 4-4zM22 15.500v13M15.500 22h13" />
    </Sign>
  );
}
