import { createHash } from 'node:crypto';

/** What a thing is where it is: an item's version, or 1 for a document; null where it is not. */
export type State = number | null;

/** An item or a document, as far as its answers tell. */
export interface Entry {
  readonly kind: 'item' | 'generated' | 'uploaded';
  /** Its label or title, which no other has, and its idempotency key. */
  readonly name: string;
  /** Null until it was answered. */
  id: string | null;
  /** What was acknowledged last. */
  state: State;
  /** What was asked for, and not answered: it may be so by now. */
  asked: { readonly state: State } | null;
  /** Hex, of a document's PDF; null until it is known. */
  sha256: string | null;
}

/** A session beside the one that all of an account's clients share. */
export interface Guest {
  readonly token: string;
  /** `ending` where the sign-out was not answered. */
  state: 'live' | 'ending' | 'ended';
}

/** An account, and what all its clients were told. */
export class Book {
  readonly email: string;
  /** Whether its password and its keys change while it is written. */
  readonly isKept: boolean;
  password: string;
  /** A password that was asked for, and not answered. */
  askedPassword: string | null = null;
  accountId = '';
  token = '';
  /** The item that documents are made from, which nobody changes. */
  source = '';
  keyVersion = 1;
  /** Whether a rotation was asked for, and not answered. */
  rotationAsked = false;
  /** The highest that was seen. */
  revision = 0;
  readonly entries: Entry[] = [];
  readonly guests: Guest[] = [];
  /** Writes that were acknowledged. */
  acknowledged = 0;
  #names = 0;

  constructor(email: string, password: string, isKept: boolean) {
    [this.email, this.password, this.isKept] = [email, password, isKept];
  }

  /** An entry that is asked for. */
  begin(kind: Entry['kind']): Entry {
    const name = `${kind}-${this.#names++}`;
    const entry: Entry = { kind, name, id: null, state: null, asked: { state: 1 }, sha256: null };
    if (kind === 'uploaded') entry.sha256 = sha256(pdfOf(entry.name));
    this.entries.push(entry);
    return entry;
  }

  ask(entry: Entry, state: State): void {
    entry.asked = { state };
  }

  /** What was asked for is so. */
  settle(entry: Entry, state: State): void {
    [entry.state, entry.asked] = [state, null];
    this.acknowledged++;
  }

  /** What is there for certain, and waits for no answer. */
  standing(...kinds: readonly Entry['kind'][]): Entry[] {
    return this.entries.filter(
      ({ kind, state, asked, id }) => kinds.includes(kind) && state !== null && asked === null && id !== null,
    );
  }
}

/** An item's text at a version: no other item or version has it, and lengths differ. */
export function textOf(name: string, version: number): string {
  const sum = sha256(Buffer.from(`${name}/${version}`));
  return `${name}/${version} ${sum.repeat(1 + (Number.parseInt(sum.slice(0, 2), 16) % 40))}`;
}

/** The PDF that is sent under a name: bytes of no meaning between its first and last, of 20 KB to 800 KB. */
export function pdfOf(name: string): Buffer {
  const sum = createHash('sha256').update(name).digest();
  const body = Buffer.alloc(20_000 + (sum[0] ?? 0) * 3000, sum);
  return Buffer.concat([Buffer.from('%PDF-1.7\n'), body, Buffer.from('\n%%EOF\n')]);
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
