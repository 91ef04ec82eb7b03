export interface IdleOptions {
  /** Without a sign of life for so long, the person is away, ms. */
  readonly idleMs: number;
  /** So long before it is told how much time is left, ms. */
  readonly warningMs: number;
  /** A person at work is told of so often, ms. */
  readonly activeMs: number;
  /** Whole seconds that are left; null once they are back. */
  readonly onWarning: (seconds: number | null) => void;
  readonly onIdle: () => void;
  readonly onActive: () => void;
}

const SIGNS = ['pointerdown', 'pointermove', 'keydown', 'wheel', 'touchstart'] as const;
const TICK_MS = 1000;

/**
 * Watches for someone who is away. It counts by the clock, not by timers, which stop while a machine sleeps or a tab is
 * hidden: whoever opens the lid after an hour finds nothing.
 *
 * @returns ends the watch
 */
export function watchIdle({ idleMs, warningMs, activeMs, onWarning, onIdle, onActive }: IdleOptions): () => void {
  let seen = Date.now();
  let told = seen;
  let warned = false;
  const look = () => {
    const left = seen + idleMs - Date.now();
    if (left <= 0) {
      stop();
      onIdle();
    } else if (left <= warningMs) {
      warned = true;
      onWarning(Math.ceil(left / 1000));
    }
  };
  const onSign = () => {
    // Once the question stands only its answer counts; and whoever comes back too late is away still.
    if (warned || Date.now() >= seen + idleMs) return;
    seen = Date.now();
    if (seen - told < activeMs) return;
    told = seen;
    onActive();
  };
  const stop = () => {
    clearInterval(timer);
    for (const sign of SIGNS) removeEventListener(sign, onSign, true);
    document.removeEventListener('visibilitychange', look);
    removeEventListener('pageshow', look);
    if (warned) onWarning(null);
  };
  const timer = setInterval(look, TICK_MS);
  for (const sign of SIGNS) addEventListener(sign, onSign, { capture: true, passive: true });
  document.addEventListener('visibilitychange', look);
  addEventListener('pageshow', look);
  return stop;
}
