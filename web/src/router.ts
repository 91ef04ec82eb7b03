import { useEffect, useState } from 'preact/hooks';

/** Where the page is: the parts of the URL's fragment, `#/items/new` as `['items', 'new']`. */
export type Route = readonly string[];

function read(): Route {
  return location.hash.replace(/^#\/?/, '').split('/').filter(Boolean);
}

/** The URL of a view within the page. Ids only: what a person typed never stands in a URL. */
export function href(...parts: readonly string[]): string {
  return `#/${parts.join('/')}`;
}

/** Where the page is held, and who asks whether it may go; null where it goes freely. */
let held: { readonly at: string; readonly ask: (to: string) => void } | null = null;

/** Goes to a view, held or not; `replace` leaves no way back to the one before. */
export function go(to: string, { replace = false } = {}): void {
  held = null;
  if (replace) location.replace(to);
  else location.assign(to);
}

/**
 * Holds the page at its view: whoever would leave it, by a link, back, or by closing the tab, is asked first.
 *
 * @param ask gets the fragment that someone would go to; closing is asked about by the browser
 * @returns lets it go
 */
export function hold(ask: (to: string) => void): () => void {
  const here = { at: location.hash, ask };
  held = here;
  const onChange = () => {
    if (held !== here || location.hash === here.at) return;
    const to = location.hash;
    history.replaceState(null, '', here.at);
    ask(to);
  };
  const onUnload = (event: Event) => {
    if (held === here) event.preventDefault();
  };
  addEventListener('hashchange', onChange);
  addEventListener('beforeunload', onUnload);
  return () => {
    if (held === here) held = null;
    removeEventListener('hashchange', onChange);
    removeEventListener('beforeunload', onUnload);
  };
}

export function useRoute(): Route {
  const [route, setRoute] = useState(read);
  useEffect(() => {
    const onChange = () => {
      // Browsers differ in who hears of it first, the one that holds the page or this one.
      if (held === null || location.hash === held.at) setRoute(read());
    };
    addEventListener('hashchange', onChange);
    return () => {
      removeEventListener('hashchange', onChange);
    };
  }, []);
  return route;
}
