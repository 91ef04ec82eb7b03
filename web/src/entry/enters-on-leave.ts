import { useEffect } from 'preact/hooks';
import { go, href } from '../router.ts';
import { useSession, vault } from '../session.tsx';

/**
 * For a view that signs in and then shows something: whoever leaves it, however that be, goes on inside.
 *
 * @returns goes on to the data
 */
export function useEntersOnLeave(): () => void {
  const { entered } = useSession();
  useEffect(
    () => () => {
      if (vault.session !== null) entered();
    },
    [entered],
  );
  return () => {
    go(href('items'), { replace: true });
    entered();
  };
}
