import { randomBytes } from 'node:crypto';
import { Client, PASSWORD, sha256Of, tokenIn } from './client.ts';
import type { Call } from './profile.ts';

/** What each client stores before it is measured. */
const ITEMS = 8;
const DOCUMENTS = 3;

/**
 * Makes accounts, signs in some clients of each, and stores what they begin with.
 *
 * @returns a list of clients for each account
 * @throws Error for an answer that is not right
 */
export async function prepare(url: string, accounts: number, clientsEach: number): Promise<Client[][]> {
  const run = randomBytes(6).toString('hex');
  const emails = Array.from({ length: accounts }, (_, number) => `load-${run}-${number}@example.com`);
  const groups = await Promise.all(emails.map((email) => open(url, email, clientsEach)));
  await Promise.all(groups.flat().map((client) => store(url, client)));
  return groups;
}

/** Reads back all that the clients know. @returns what is not as it was stored */
export async function verify(url: string, clients: readonly Client[]): Promise<string[]> {
  const faults: string[] = [];
  for (const client of clients) {
    const headers = { authorization: client.authorization };
    for (const { id, version, text } of client.items) {
      const item = (await (await fetch(`${url}/v1/items/${id}`, { headers })).json()) as Record<string, unknown>;
      if (item['version'] !== version || (item['data'] as { text?: string }).text !== text)
        faults.push('an item differs');
    }
    for (const { id, sha256 } of client.documents) {
      const content = await fetch(`${url}/v1/documents/${id}/content`, { headers });
      if (sha256Of(Buffer.from(await content.arrayBuffer())) !== sha256) faults.push('a document differs');
    }
  }
  return faults;
}

/** Removes the accounts again. */
export async function erase(url: string, groups: readonly Client[][]): Promise<void> {
  for (const [client] of groups) {
    if (client === undefined) continue;
    const headers = { authorization: client.authorization, 'content-type': 'application/json' };
    const body = JSON.stringify({ password: PASSWORD });
    await fetch(`${url}/v1/account/deletion`, { method: 'POST', headers, body });
  }
}

async function open(url: string, email: string, clients: number): Promise<Client[]> {
  const begin = (path: string, body: object) =>
    send(url, {
      method: 'POST',
      path,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ email, password: PASSWORD, ...body }),
      status: 201,
    });
  const tokens = [tokenIn(await begin('/v1/accounts', { acceptDataLoss: true }))];
  while (tokens.length < clients) tokens.push(tokenIn(await begin('/v1/sessions', {})));
  return tokens.map((token) => new Client(email, token));
}

async function store(url: string, client: Client): Promise<void> {
  for (let n = 0; n < ITEMS; n++) await send(url, client.createItem());
  for (let n = 0; n < DOCUMENTS; n++) await send(url, n % 2 === 0 ? client.generate() : client.upload());
}

async function send(url: string, call: Call | null): Promise<string> {
  if (call === null) throw new Error('a client holds too much before it begins');
  const { method, path, headers = {}, body = null, status, check } = call;
  const sent = typeof body === 'string' || body === null ? body : new Uint8Array(body);
  const answer = await fetch(url + path, { method, headers, body: sent });
  const text = await answer.text();
  const isRight =
    answer.status === status && check?.({ body: text, headers: Object.fromEntries(answer.headers) }) !== false;
  if (!isRight) throw new Error(`${method} ${path.split('?')[0]} answered ${answer.status}: ${text.slice(0, 300)}`);
  return text;
}
