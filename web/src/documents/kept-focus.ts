import type { RefObject } from 'preact';
import { useEffect, useRef } from 'preact/hooks';

/**
 * Gives the focus to the first thing in a place that can have it, where what had it went with a change of what is shown:
 * whoever works by keyboard goes on where they were.
 *
 * @param shown what tells the one from the other
 */
export function useKeptFocus(place: RefObject<HTMLElement | null>, shown: unknown): void {
  const before = useRef(shown);
  useEffect(() => {
    if (before.current === shown) return;
    before.current = shown;
    if (document.activeElement !== document.body) return;
    place.current?.querySelector<HTMLElement>('a[href], button, input, select, textarea')?.focus();
  }, [shown]);
}
