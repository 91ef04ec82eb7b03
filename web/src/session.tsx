import { type DeletionReceipt, TwinlockClient } from '@twinlock/client';
import { type ComponentChildren, createContext } from 'preact';
import { useCallback, useContext, useEffect, useMemo, useState } from 'preact/hooks';
import { watchIdle } from './idle.ts';
import { go, href } from './router.ts';

/** The page's one client. It holds the token in memory: nothing of a session outlives the page. */
export const vault = new TwinlockClient();

/** Minutes without a touch or a key after which the page signs out. */
export const IDLE_MINUTES = 10;
/** Seconds before, at which it asks. */
export const WARNING_SECONDS = 60;
/** While the person is at work the service hears of it so often, ms: it counts idleness by its own calls. */
const KEEP_ALIVE_MS = 5 * 60_000;

/** Why nobody is signed in. */
export type Farewell = 'signed-out' | 'ended' | 'idle' | 'deleted';

interface SessionState {
  readonly signedIn: boolean;
  /** Why the session before ended; null where there was none. */
  readonly farewell: Farewell | null;
  /** Of an account that was deleted here. */
  readonly receipt: DeletionReceipt | null;
  /** Seconds until the page signs out for idleness; null while that is far. */
  readonly leaving: number | null;
  /** To be called when the client has a session. */
  readonly entered: () => void;
  readonly leave: (why?: Farewell) => void;
  /** To be called with the receipt of the account's deletion. */
  readonly deleted: (receipt: DeletionReceipt) => void;
  readonly stay: () => void;
}

const SessionContext = createContext<SessionState | null>(null);

export function useSession(): SessionState {
  const state = useContext(SessionContext);
  if (state === null) throw new Error('no session around this view');
  return state;
}

/** Holds whether someone is signed in, and ends that when they are away. */
export function Session({ children }: { children: ComponentChildren }) {
  const [signedIn, setSignedIn] = useState(vault.session !== null);
  const [farewell, setFarewell] = useState<Farewell | null>(null);
  const [receipt, setReceipt] = useState<DeletionReceipt | null>(null);
  const [leaving, setLeaving] = useState<number | null>(null);
  const [stays, setStays] = useState(0);

  const entered = useCallback(() => {
    setFarewell(null);
    setReceipt(null);
    setSignedIn(vault.session !== null);
  }, []);
  const leave = useCallback((why: Farewell = 'signed-out') => {
    setFarewell(why);
    setSignedIn(false);
    setLeaving(null);
    // Whoever signs in next need not be who signs out here.
    if (why === 'signed-out') go(href(), { replace: true });
    // The token is gone from the page whatever the service answers.
    vault.signOut().catch(() => undefined);
  }, []);
  const stay = useCallback(() => {
    setLeaving(null);
    setStays((count) => count + 1);
  }, []);

  useEffect(
    () =>
      vault.onSignedOut((reason) => {
        setSignedIn(false);
        setLeaving(null);
        setFarewell((known) => (known === 'idle' ? known : reason));
      }),
    [],
  );

  useEffect(() => {
    if (!signedIn) return undefined;
    return watchIdle({
      idleMs: IDLE_MINUTES * 60_000,
      warningMs: WARNING_SECONDS * 1000,
      activeMs: KEEP_ALIVE_MS,
      onWarning: setLeaving,
      onIdle: () => {
        leave('idle');
      },
      onActive: () => {
        vault.account.get().catch(() => undefined);
      },
    });
  }, [signedIn, leave, stays]);

  const state = useMemo(
    () => ({ signedIn, farewell, receipt, leaving, entered, leave, deleted: setReceipt, stay }),
    [signedIn, farewell, receipt, leaving, entered, leave, stay],
  );
  return <SessionContext.Provider value={state}>{children}</SessionContext.Provider>;
}
