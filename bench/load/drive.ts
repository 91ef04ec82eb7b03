import autocannon from 'autocannon';
import type { Client } from './client.ts';
import { type Call, INSTEAD, OPERATIONS, type Operation, PROFILE } from './profile.ts';
import { Tally } from './tally.ts';

/** A call that is not answered by then counts as an error, seconds: the gateway waits 30. */
const TIMEOUT_S = 30;
const WEIGHTS = OPERATIONS.reduce((sum, operation) => sum + PROFILE[operation].weight, 0);

/** Calls the whole profile, by its weights, each client one call at a time. */
export function driveProfile(url: string, clients: readonly Client[], ms: number): Promise<Tally> {
  return drive(url, clients, ms, drawn);
}

/** Calls one operation again and again, or what stands in for it while it can't be called. */
export function driveOne(url: string, clients: readonly Client[], ms: number, operation: Operation): Promise<Tally> {
  return drive(url, clients, ms, () => operation);
}

function drawn(): Operation {
  let left = Math.random() * WEIGHTS;
  return OPERATIONS.find((operation) => (left -= PROFILE[operation].weight) < 0) ?? 'health';
}

interface Chosen {
  readonly operation: Operation;
  readonly call: Call;
}

function chosen(client: Client, operation: Operation): Chosen {
  const call = PROFILE[operation].call(client);
  if (call !== null) return { operation, call };
  const instead = INSTEAD[operation] ?? 'health';
  return { operation: instead, call: PROFILE[instead].call(client) ?? client.health() };
}

/**
 * Drives a service until time is over and each client's last call was answered: what they know of what they stored is
 * true afterwards.
 */
async function drive(url: string, clients: readonly Client[], ms: number, draw: () => Operation): Promise<Tally> {
  const tally = new Tally();
  const until = performance.now() + ms;
  let [next, idle] = [0, 0];
  const running: autocannon.Instance = autocannon({
    url,
    connections: clients.length,
    duration: Math.ceil(ms / 1000) + 2 * TIMEOUT_S,
    timeout: TIMEOUT_S,
    setupClient: (connection) => {
      const client = clients[next++];
      if (client === undefined) throw new Error('there are more connections than clients');
      // Asked for the next call before each; after its last one a client asks for nothing but the service's health.
      let now: Chosen | null = null;
      let [from, isIdle] = [0, false];
      connection.setRequests([
        {
          setupRequest: (request) => {
            from = performance.now();
            now = from < until ? chosen(client, draw()) : null;
            if (now === null && !isIdle && ++idle === clients.length) running.stop();
            isIdle ||= now === null;
            const { method, path, headers = {}, body = '' } = now?.call ?? client.health();
            return { ...request, method, path, headers: { ...headers }, body };
          },
          onResponse: (status, body, _, headers = {}) => {
            if (now === null) return;
            const { operation, call } = now;
            const answer = { body, headers: headers as Record<string, string> };
            const isRight = status === call.status && call.check?.(answer) !== false;
            tally.add(operation, performance.now() - from, isRight ? null : `${status}: ${body.slice(0, 300)}`);
          },
        },
      ]);
    },
  }) as unknown as autocannon.Instance;
  running.on('reqError', (error: unknown) => tally.fail(error instanceof Error ? error.message : String(error)));
  await new Promise((resolve) => running.once('done', resolve));
  return tally;
}
