import type { Item } from '@twinlock/client';
import { useCallback, useEffect, useState } from 'preact/hooks';
import { vault } from '../session.tsx';
import { type Action, useAction } from '../work.ts';

/** A whole item stays in sight so long, seconds. */
export const SHOWN_SECONDS = 60;

/** An item that is shown whole for a while. */
export interface Revealed {
  /** Null while it is masked. */
  readonly item: Item | null;
  /** Seconds until it is masked again. */
  readonly left: number;
  readonly show: Action<[], void>;
  readonly hide: () => void;
}

/** Shows an item whole when asked to, and forgets it when its time is over or the view goes. */
export function useRevealed(id: string): Revealed {
  const [shown, setShown] = useState<{ readonly item: Item; readonly until: number } | null>(null);
  const [left, setLeft] = useState(SHOWN_SECONDS);
  const hide = useCallback(() => {
    setShown(null);
  }, []);
  const show = useAction(async (signal) => {
    const item = await vault.items.get(id, { signal });
    setLeft(SHOWN_SECONDS);
    setShown({ item, until: Date.now() + SHOWN_SECONDS * 1000 });
  });
  useEffect(() => {
    if (shown === null) return undefined;
    // By the clock: timers stop while a machine sleeps or a tab is hidden.
    const look = () => {
      const seconds = Math.ceil((shown.until - Date.now()) / 1000);
      if (seconds <= 0) hide();
      else setLeft(seconds);
    };
    const timer = setInterval(look, 1000);
    document.addEventListener('visibilitychange', look);
    return () => {
      clearInterval(timer);
      document.removeEventListener('visibilitychange', look);
    };
  }, [shown, hide]);
  return { item: shown?.item ?? null, left, show, hide };
}
