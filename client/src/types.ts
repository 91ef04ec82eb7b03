import type { ItemDataByType, ItemHead, ItemType } from './contract.ts';

/** What every call takes last. */
export interface CallOptions {
  /** Ends the call, waits included: it rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** What calls take that make something. */
export interface CreateOptions extends CallOptions {
  /** 1 to 64 visible ASCII characters that name this one request for 24 hours. @default a random one */
  readonly idempotencyKey?: string | undefined;
}

/** The session that is signed in to; its token is told to nobody. Times are RFC 3339 in UTC. */
export interface Session {
  readonly accountId: string;
  readonly id: string;
  readonly expiresAt: string;
  /** As signing in told it; each call moves it. */
  readonly idleExpiresAt: string;
}

/** Why a session is over: `ended` when the service knew it no more. */
export type SignedOutReason = 'signed-out' | 'ended' | 'deleted';

/** What an item of one type holds. */
export type ItemData<T extends ItemType = ItemType> = ItemDataByType[T];

/** An item, whole: its `type` tells what `data` is. */
export type Item<T extends ItemType = ItemType> = {
  [K in T]: ItemHead & { type: K; data: ItemDataByType[K]; masked?: never };
}[T];

/** An item as lists show it: what can't be shown hidden is left out. */
export type MaskedItem<T extends ItemType = ItemType> = {
  [K in T]: ItemHead & { type: K; data: Partial<ItemDataByType[K]>; masked: true };
}[T];

/** What an item is made from. */
export type NewItem<T extends ItemType = ItemType> = {
  [K in T]: {
    readonly type: K;
    /** One line of at most 200 characters. @default '' */
    readonly label?: string;
    readonly data: ItemDataByType[K];
  };
}[T];

/** One page of items. */
export interface ItemPage<I> {
  items: I[];
  nextCursor: string | null;
}

/** Where the highest revision that was seen of an account outlives this object. Two tabs may share it. */
export interface RevisionMemory {
  /** Null where none is known. */
  load(accountId: string): number | null;
  /** Called only with more than `load` gives. */
  save(accountId: string, revision: number): void;
}

/** How passwords are stretched here, so that they never leave. */
export interface Stretching {
  /** The service's name: part of what is derived, so it must never change. */
  readonly service: string;
  /** Whether a new password is good enough: here alone it can be seen. It has 15 to 256 characters already. */
  readonly judge?: (password: string, email: string) => boolean | Promise<boolean>;
}

export interface ClientOptions {
  /** Where the service is, with or without `/v1`. @default the page's origin */
  readonly baseUrl?: string | URL | undefined;
  /** In place of the platform's. */
  readonly fetch?: ((url: string, init: RequestInit) => Promise<Response>) | undefined;
  /** @default passwords are sent to the service as they are */
  readonly stretching?: Stretching | undefined;
  /** @default what this object has seen itself */
  readonly remember?: RevisionMemory | undefined;
}

/** A file that is coming. Read it once: by `stream`, `bytes` or `blob`. */
export interface Download {
  readonly stream: ReadableStream<Uint8Array<ArrayBuffer>>;
  /** Bytes that will come; null where the service does not say. */
  readonly size: number | null;
  readonly fileName: string | null;
  readonly contentType: string;
  bytes(): Promise<Uint8Array<ArrayBuffer>>;
  blob(): Promise<Blob>;
}

/** How much has come or gone, bytes; `total` null where nobody knows. */
export interface Progress {
  readonly loaded: number;
  readonly total: number | null;
}
