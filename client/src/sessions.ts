import type { Connection } from './connection.ts';
import type { SessionEntry } from './contract.ts';
import type { TwinlockError } from './errors.ts';
import { goneIsFine } from './request.ts';
import type { CallOptions } from './types.ts';

/** The account's live sessions. */
export class SessionCalls {
  readonly #connection: Connection;

  /** @internal */
  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** Every live session. */
  async list({ signal }: CallOptions = {}): Promise<SessionEntry[]> {
    return (await this.#connection.call('GET /v1/sessions', { again: true, signal })).sessions;
  }

  /** Ends one. */
  async end(id: string, { signal }: CallOptions = {}): Promise<void> {
    if (id === this.#connection.session?.id) return this.#connection.leave({ signal });
    const params = { sessionId: id };
    await this.#connection.call('DELETE /v1/sessions/{sessionId}', { params, again: true, settle: goneIsFine, signal });
  }

  /** Ends all, this one included. */
  async endAll({ signal }: CallOptions = {}): Promise<void> {
    await this.#connection.call('DELETE /v1/sessions', { again: true, settle: endedIsFine, signal });
    this.#connection.drop('signed-out');
  }
}

/** All have ended when it was sent before, this one too. @throws what else was refused */
function endedIsFine(error: TwinlockError): undefined {
  if (error.code !== 'unauthenticated') throw error;
}
