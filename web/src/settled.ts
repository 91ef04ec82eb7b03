import { useEffect, useState } from 'preact/hooks';

/** Without a change for so long, someone has typed what they meant, ms. */
const SETTLED_MS = 300;

/** What was typed, once no more comes. */
export function useSettled(text: string): string {
  const [settled, setSettled] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => {
      setSettled(text);
    }, SETTLED_MS);
    return () => {
      clearTimeout(timer);
    };
  }, [text]);
  return settled;
}
