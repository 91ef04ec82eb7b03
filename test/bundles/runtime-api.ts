import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What a function answered to one event. */
export interface Outcome {
  /** Its JSON, or the bytes that it streamed. */
  readonly bytes: Buffer;
  readonly contentType: string;
  readonly streamed: boolean;
  /** Whether it broke off before its end. */
  readonly broken: boolean;
  /** Whether the function threw. */
  readonly failed: boolean;
}

interface Invocation {
  readonly id: string;
  readonly event: unknown;
  readonly settle: (outcome: Outcome) => void;
}

const RUN_MS = 60_000;

/** The Runtime API of one function: events go out one at a time, answers come back. */
export class RuntimeApi {
  readonly #server: Server;
  readonly #waiting: Invocation[] = [];
  readonly #running = new Map<string, Invocation>();
  /** The function that asked for an event when there was none. */
  #idle: ServerResponse | null = null;
  #count = 0;

  private constructor() {
    this.#server = createServer((request, response) => void this.#answer(request, response));
  }

  static async start(): Promise<RuntimeApi> {
    const api = new RuntimeApi();
    await new Promise<void>((resolve) => api.#server.listen(0, '127.0.0.1', resolve));
    return api;
  }

  /** As `AWS_LAMBDA_RUNTIME_API` has it. */
  get address(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  invoke(event: unknown): Promise<Outcome> {
    return new Promise((settle) => {
      this.#waiting.push({ id: `invocation-${++this.#count}`, event, settle });
      this.#hand();
    });
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #hand(): void {
    const invocation = this.#idle === null ? undefined : this.#waiting.shift();
    if (invocation === undefined || this.#idle === null) return;
    this.#running.set(invocation.id, invocation);
    this.#idle
      .writeHead(200, {
        'content-type': 'application/json',
        'lambda-runtime-aws-request-id': invocation.id,
        'lambda-runtime-deadline-ms': String(Date.now() + RUN_MS),
        'lambda-runtime-trace-id': 'Root=1-69283f3e-0123456789abcdef01234567;Parent=0123456789abcdef;Sampled=0',
        'lambda-runtime-invoked-function-arn': 'arn:aws:lambda:us-east-1:111122223333:function:replayed',
      })
      .end(JSON.stringify(invocation.event));
    this.#idle = null;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [, id = '', what = ''] = /\/invocation\/([\w-]+)(?:\/(\w+))?$/.exec(request.url ?? '') ?? [];
    if (id === 'next') {
      this.#idle = response;
      this.#hand();
      return;
    }
    const chunks: Buffer[] = [];
    let broken = false;
    try {
      for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    } catch {
      broken = true;
    }
    const invocation = this.#running.get(id);
    if (invocation === undefined) throw new Error(`an answer to ${id}, which is not running`);
    this.#running.delete(id);
    response.writeHead(202).end();
    invocation.settle({
      bytes: Buffer.concat(chunks),
      contentType: request.headers['content-type'] ?? '',
      streamed: request.headers['lambda-runtime-function-response-mode'] === 'streaming',
      broken,
      failed: what === 'error' || request.trailers['lambda-runtime-function-error-type'] !== undefined,
    });
  }
}
