/** Bytes that a form of a secret has at least: shorter ones stand in other things by chance. */
const SHORTEST = 8;
/** Different bytes that a secret has at least, for the same reason. */
const VARIETY = 5;

/** Kept, since what is global is slow to reach from a suite. */
const { imul } = Math;

interface Form {
  readonly bytes: Buffer;
  readonly name: string;
}

/** Secrets, and a search for all of them at once, in every form that they could be written down in. */
export class Secrets {
  readonly #forms = new Map<string, Form[]>();
  readonly #seen = new Set<string>();
  /** Whether a form may begin with four bytes of this hash. */
  readonly #begins = new Uint8Array(1 << 20);

  /** How many there are. */
  get size(): number {
    return this.#seen.size;
  }

  /** @param name what is told of it where it is found; @param secret one that is too short or uniform is left out */
  add(name: string, secret: string | Uint8Array): void {
    const bytes = Buffer.from(typeof secret === 'string' ? secret.normalize('NFC') : secret);
    const id = bytes.toString('latin1');
    if (bytes.length < SHORTEST || new Set(bytes).size < VARIETY || this.#seen.has(id)) return;
    this.#seen.add(id);
    for (const form of formsOf(secret, bytes)) {
      if (form.length < SHORTEST) continue;
      this.#begins[hash(form, 0)] = 1;
      const head = form.toString('latin1', 0, SHORTEST);
      const forms = this.#forms.get(head);
      if (forms === undefined) this.#forms.set(head, [{ bytes: form, name }]);
      else forms.push({ bytes: form, name });
    }
  }

  /** The names of the secrets that stand in these bytes. */
  in(haystack: string | Uint8Array): string[] {
    const bytes = Buffer.from(haystack);
    const begins = this.#begins;
    const found = new Set<string>();
    for (let at = 0; at + SHORTEST <= bytes.length; at++) {
      if (begins[hash(bytes, at)] === 0) continue;
      for (const form of this.#forms.get(bytes.toString('latin1', at, at + SHORTEST)) ?? []) {
        if (bytes.subarray(at, at + form.bytes.length).equals(form.bytes)) found.add(form.name);
      }
    }
    return [...found];
  }
}

/** A secret in the forms in which it could be written down: as it is, in hex, in base64, in JSON, in UTF-16, and in lists of numbers. */
function formsOf(secret: string | Uint8Array, bytes: Buffer): Buffer[] {
  const hex = bytes.toString('hex');
  const texts = [hex, hex.toUpperCase()];
  // In base64 what stands before shifts the characters: the ones that hang on this alone are the same each time.
  for (const shift of [0, 1, 2]) {
    const text = Buffer.concat([Buffer.alloc(shift), bytes, Buffer.alloc(3)]).toString('base64');
    const inner = text.slice(shift === 0 ? 0 : 4, 4 * Math.floor((shift + bytes.length) / 3));
    texts.push(inner, inner.replaceAll('+', '-').replaceAll('/', '_'));
  }
  texts.push(bytes.join(','), [...bytes].map((byte, i) => `"${i}":${byte}`).join(','));
  const forms = texts.map((text) => Buffer.from(text));
  if (typeof secret !== 'string') return [bytes, ...forms];
  const spellings = [secret, secret.toLowerCase(), secret.normalize('NFC'), secret.normalize('NFD')];
  return [
    ...forms,
    ...spellings.flatMap((text) => [Buffer.from(text), Buffer.from(JSON.stringify(text).slice(1, -1))]),
    Buffer.from(encodeURIComponent(Buffer.from(secret).toString())),
    Buffer.from(secret, 'utf16le'),
  ];
}

/** A number below 2^20 of the four bytes at a place. */
function hash(bytes: Uint8Array, at: number): number {
  const four =
    (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16) | ((bytes[at + 3] ?? 0) << 24);
  return imul(four, 0x9e3779b1) >>> 12;
}
