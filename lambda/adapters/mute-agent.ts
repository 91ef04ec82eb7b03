import { Agent } from 'node:http';
import { Duplex } from 'node:stream';

/** What every request is answered: an empty JSON object. */
const ANSWER = [
  'HTTP/1.1 200 OK',
  'content-type: application/x-amz-json-1.1',
  'content-length: 2',
  'connection: close',
  '',
  '{}',
].join('\r\n');

/** Keeps Node's HTTP client from the network: each of its requests is answered by an empty JSON object, from memory. */
export class MuteAgent extends Agent {
  /** As Node compares it with the request's. */
  readonly protocol: string;

  /** @param protocol "http:" or "https:" */
  constructor(protocol: string) {
    super();
    this.protocol = protocol;
  }

  override createConnection(): Duplex {
    return new MuteSocket();
  }
}

/** As much of a socket as Node's HTTP client asks for. */
class MuteSocket extends Duplex {
  #answered = false;

  override _read(): void {
    // All that there is to read was pushed.
  }

  override _write(_chunk: unknown, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    done();
    if (this.#answered) return;
    this.#answered = true;
    // Not before the request is written whole.
    setImmediate(() => this.push(ANSWER));
  }

  setKeepAlive(): this {
    return this;
  }

  setNoDelay(): this {
    return this;
  }

  setTimeout(): this {
    return this;
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }
}
