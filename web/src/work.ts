import { type Paged, TwinlockError } from '@twinlock/client';
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';

/** Something that a person sets off: it runs once at a time, and is aborted when its view goes. */
export interface Action<A extends readonly unknown[], R> {
  /** The result; undefined where it failed, was aborted, or runs already. */
  readonly run: (...values: A) => Promise<R | undefined>;
  readonly busy: boolean;
  /** What it failed with the last time; null for nothing. */
  readonly error: unknown;
  readonly clear: () => void;
  /** Ends the one that runs. */
  readonly abort: () => void;
}

export function useAction<A extends readonly unknown[], R>(
  work: (signal: AbortSignal, ...values: A) => Promise<R>,
): Action<A, R> {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const running = useRef<AbortController | null>(null);
  const latest = useRef(work);
  latest.current = work;
  const abort = useCallback(() => running.current?.abort(), []);
  useEffect(() => abort, [abort]);
  const run = useCallback(async (...values: A): Promise<R | undefined> => {
    if (running.current !== null) return undefined;
    const controller = new AbortController();
    running.current = controller;
    setBusy(true);
    setError(null);
    try {
      return await latest.current(controller.signal, ...values);
    } catch (failure) {
      if (!controller.signal.aborted) setError(failure);
      return undefined;
    } finally {
      running.current = null;
      setBusy(false);
    }
  }, []);
  const clear = useCallback(() => {
    setError(null);
  }, []);
  return { run, busy, error, clear, abort };
}

/** What a view shows, read when it opens and each time `keys` change. */
export interface Loaded<T> {
  /** Null until it is there. */
  readonly data: T | null;
  readonly error: unknown;
  readonly busy: boolean;
  readonly reload: () => void;
}

export function useLoaded<T>(read: (signal: AbortSignal) => Promise<T>, keys: readonly unknown[]): Loaded<T> {
  const [state, setState] = useState<{ data: T | null; error: unknown; busy: boolean }>({
    data: null,
    error: null,
    busy: true,
  });
  const [times, setTimes] = useState(0);
  useEffect(() => {
    const controller = new AbortController();
    setState(({ data }) => ({ data, error: null, busy: true }));
    read(controller.signal).then(
      (data) => {
        if (!controller.signal.aborted) setState({ data, error: null, busy: false });
      },
      (error: unknown) => {
        if (!controller.signal.aborted) setState(({ data }) => ({ data, error, busy: false }));
      },
    );
    return () => {
      controller.abort();
    };
  }, [...keys, times]);
  const reload = useCallback(() => {
    setTimes((count) => count + 1);
  }, []);
  return { ...state, reload };
}

/** A long list, a page at a time. */
export interface PagedList<T, P> {
  readonly entries: readonly T[];
  /** The page that was read last. */
  readonly page: P | null;
  readonly error: unknown;
  readonly busy: boolean;
  /** Whether more are to come. */
  readonly more: boolean;
  readonly readMore: () => void;
  readonly reload: () => void;
}

export function usePaged<T, P extends { readonly nextCursor: string | null }>(
  open: (signal: AbortSignal) => Paged<T, P>,
  entriesOf: (page: P) => readonly T[],
  keys: readonly unknown[],
): PagedList<T, P> {
  const [pages, setPages] = useState<readonly P[]>([]);
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(true);
  const [times, setTimes] = useState(0);
  const reading = useRef(new AbortController());
  const paged = useRef<Paged<T, P> | null>(null);
  const read = useCallback((cursor?: string) => {
    const { signal } = reading.current;
    setBusy(true);
    setError(null);
    paged.current?.page(cursor).then(
      (page) => {
        if (signal.aborted) return;
        setPages((before) => (cursor === undefined ? [page] : [...before, page]));
        setBusy(false);
      },
      (failure: unknown) => {
        if (signal.aborted) return;
        setError(failure);
        setBusy(false);
      },
    );
  }, []);
  useEffect(() => {
    const controller = new AbortController();
    reading.current = controller;
    paged.current = open(controller.signal);
    read();
    return () => {
      controller.abort();
    };
  }, [...keys, times]);
  const last = pages.at(-1) ?? null;
  const cursor = last?.nextCursor ?? null;
  return {
    entries: pages.flatMap(entriesOf),
    page: last,
    error,
    busy,
    more: cursor !== null,
    readMore: () => {
      if (cursor !== null && !busy) read(cursor);
    },
    reload: useCallback(() => {
      setTimes((count) => count + 1);
    }, []),
  };
}

/** How long the service wants to be left alone after too many tries. */
export interface Wait {
  /** Whole seconds; 0 when it may be tried. */
  readonly seconds: number;
  /** Whether there was one, and it has passed. */
  readonly over: boolean;
}

export function useWait(error: unknown): Wait {
  const asked = error instanceof TwinlockError && error.code === 'too_many_attempts' ? (error.retryAfter ?? 1) : 0;
  const [state, setState] = useState<{ of: unknown; seconds: number }>({ of: null, seconds: 0 });
  useEffect(() => {
    if (asked === 0) return undefined;
    const end = Date.now() + asked * 1000;
    const tick = () => {
      const seconds = Math.max(0, Math.ceil((end - Date.now()) / 1000));
      setState({ of: error, seconds });
      if (seconds === 0) clearInterval(timer);
    };
    const timer = setInterval(tick, 1000);
    tick();
    return () => {
      clearInterval(timer);
    };
  }, [error, asked]);
  const seconds = state.of === error ? state.seconds : asked;
  return { seconds: asked === 0 ? 0 : seconds, over: asked > 0 && seconds === 0 };
}
