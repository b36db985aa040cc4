let name = '';
let news = '';

function write(): void {
  document.title = news ? `${news} · ${name}` : name;
}

/** The window is named after what it shows. */
export function nameWindow(next: string): void {
  name = next;
  write();
}

/** How somebody's work stands comes before the name, for whoever looks at another window; nothing, when it is no news. */
export function tellInTitle(next: string): void {
  news = next;
  write();
}
