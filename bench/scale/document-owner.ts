import { createHash } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { Person } from './person.ts';

const PART = 4 * 1024 * 1024;
/** Bytes on either side of where two parts meet. */
const BESIDE = 1000;
const PDF = { 'content-type': 'application/pdf' };

/** A document that was sent. */
export interface Uploaded {
  /** Bytes. */
  readonly size: number;
  readonly id: string;
  readonly sha256: string;
}

/** How long a document took to come, ms. */
export interface Times {
  readonly firstByteMs: number;
  readonly wholeMs: number;
}

/** Somebody who sends documents and reads them back. */
export class DocumentOwner {
  readonly #person: Person;

  constructor(url: string) {
    this.#person = new Person(url, 'documents@example.com');
  }

  register(): Promise<void> {
    return this.#person.register();
  }

  /** Sends a PDF by parts, that is bytes of no meaning between a PDF's first and last. @param size bytes */
  async upload(size: number): Promise<Uploaded> {
    const begun = await this.#person.send('POST', '/v1/uploads', { title: 'A document' });
    const { uploadId: id } = begun as { uploadId: string };
    const hash = createHash('sha256');
    const parts = Math.ceil(size / PART);
    for (let part = 1; part <= parts; part++) {
      const bytes = Buffer.alloc(Math.min(PART, size - (part - 1) * PART), part);
      if (part === 1) bytes.write('%PDF-1.7\n');
      if (part === parts) bytes.write('\n%%EOF\n', bytes.length - 7);
      hash.update(bytes);
      await this.#fetch(`/v1/uploads/${id}/parts/${part}`, { method: 'PUT', headers: PDF, body: bytes });
    }
    const sha256 = hash.digest('hex');
    await this.#person.send('POST', `/v1/uploads/${id}/complete`, { parts, sha256 });
    return { size, id, sha256 };
  }

  /** @throws Error where what comes out is not what went in */
  async download({ id, sha256 }: Uploaded): Promise<Times> {
    const from = performance.now();
    const answer = await this.#fetch(`/v1/documents/${id}/content`);
    const hash = createHash('sha256');
    let firstByteMs = 0;
    for await (const chunk of answer.body ?? []) {
      firstByteMs ||= performance.now() - from;
      hash.update(chunk as Uint8Array);
    }
    const wholeMs = performance.now() - from;
    if (hash.digest('hex') !== sha256) throw new Error('what came out is not what went in');
    return { firstByteMs, wholeMs };
  }

  /** Holds a range that begins in one part and ends in the next, where there are two, to the bytes that were sent. */
  async compareRange({ id, size }: Uploaded): Promise<void> {
    if (size < PART + BESIDE) return;
    const range = `bytes=${PART - BESIDE}-${PART + BESIDE - 1}`;
    const answer = await this.#fetch(`/v1/documents/${id}/content`, { headers: { range } });
    const due = Buffer.concat([Buffer.alloc(BESIDE, 1), Buffer.alloc(BESIDE, 2)]);
    const isRight = answer.status === 206 && Buffer.from(await answer.arrayBuffer()).equals(due);
    if (!isRight) throw new Error('a range is not of what went in');
  }

  async remove({ id }: Uploaded): Promise<void> {
    await this.#person.send('DELETE', `/v1/documents/${id}`);
  }

  async #fetch(
    path: string,
    init: { method?: string; headers?: Record<string, string>; body?: Buffer<ArrayBuffer> } = {},
  ) {
    const { url, authorization } = this.#person;
    const answer = await fetch(url + path, { ...init, headers: { authorization, ...init.headers } });
    if (!answer.ok) throw new Error(`the service answered ${answer.status}: ${await answer.text()}`);
    return answer;
  }
}
