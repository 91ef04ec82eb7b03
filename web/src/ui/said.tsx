import { type ComponentChildren, createContext } from 'preact';
import { useCallback, useContext, useEffect, useState } from 'preact/hooks';

const SaidContext = createContext<(text: string) => void>(() => undefined);

/** How long it stays to be read, ms. */
const SHOWN_MS = 6000;

/** Says once, to the eye and aloud, that something is done: it outlives the view that did it. */
export function useSay(): (text: string) => void {
  return useContext(SaidContext);
}

export function Said({ children }: { children: ComponentChildren }) {
  const [said, setSaid] = useState<{ text: string } | null>(null);
  const say = useCallback((text: string) => {
    setSaid({ text });
  }, []);
  useEffect(() => {
    if (said === null) return undefined;
    const timer = setTimeout(() => {
      setSaid(null);
    }, SHOWN_MS);
    return () => {
      clearTimeout(timer);
    };
  }, [said]);
  return (
    <SaidContext.Provider value={say}>
      {children}
      <div class="said" role="status">
        {said === null ? null : <p>{said.text}</p>}
      </div>
    </SaidContext.Provider>
  );
}
