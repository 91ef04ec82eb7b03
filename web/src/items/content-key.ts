import { useRef } from 'preact/hooks';

/** One idempotency key for each content: what is sent again after a lost answer is not stored twice. */
export function useContentKey(): (content: unknown) => string {
  const last = useRef<{ readonly text: string; readonly key: string } | null>(null);
  return (content) => {
    const text = JSON.stringify(content);
    if (last.current?.text !== text) last.current = { text, key: crypto.randomUUID() };
    return last.current.key;
  };
}
