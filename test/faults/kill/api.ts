import { type Answer, answerOf } from '../../fixtures/app.ts';

export interface Send {
  readonly token?: string | undefined;
  /** Sent as JSON, or as a PDF when it is bytes. */
  readonly body?: object;
  readonly headers?: Readonly<Record<string, string>>;
  /** What is not answered by then is left, ms. */
  readonly withinMs?: number;
}

/** The service that runs now, or that was killed. */
export class Api {
  readonly #url: string;
  /** Calls that change something and are not answered yet. */
  inFlight = 0;
  /** Calls that changed something, or might have, and were answered. */
  answered = 0;
  /** Whether a call found nobody. */
  isGone = false;

  constructor(url: string) {
    this.#url = url;
  }

  /** @param what as `POST /v1/items`; @returns null where the service went away before it answered to the end */
  async call(what: string, { token, body, headers = {}, withinMs }: Send = {}): Promise<Answer | null> {
    const [method = '', path = ''] = what.split(' ');
    const isPdf = body instanceof Uint8Array;
    const counts = Number(method !== 'GET');
    this.inFlight += counts;
    try {
      const response = await fetch(this.#url + path, {
        method,
        headers: {
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
          ...(body === undefined ? {} : { 'content-type': isPdf ? 'application/pdf' : 'application/json' }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: isPdf ? new Uint8Array(body) : JSON.stringify(body) }),
        ...(withinMs === undefined ? {} : { signal: AbortSignal.timeout(withinMs) }),
      });
      const answer = await answerOf(response);
      this.answered += counts;
      return answer;
    } catch (error) {
      if (error instanceof SyntaxError) throw error;
      this.isGone ||= withinMs === undefined;
      return null;
    } finally {
      this.inFlight -= counts;
    }
  }
}
