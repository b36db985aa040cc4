/** Words of a person or a machine among ours: set apart, and read in their own language. */
export function Bdi({ children }: { children: string }) {
  return <bdi lang={/[\u0e00-\u0e7f]/.test(children) ? 'th' : 'en'}>{children}</bdi>;
}
