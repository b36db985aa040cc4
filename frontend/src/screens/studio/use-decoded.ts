import { useEffect, useState } from 'react';

/** True once the picture can be painted at once; a picture is not "done" before. */
export function useDecoded(url: string | null): boolean {
  const [ready, setReady] = useState<string | null>(null);
  useEffect(() => {
    if (!url) return;
    let current = true;
    const image = new Image();
    image.src = url;
    const show = () => current && setReady(url);
    // A picture that will not decode is shown anyway: its words say what it should be.
    image.decode().then(show, show);
    return () => {
      current = false;
    };
  }, [url]);
  return url !== null && ready === url;
}
