import { expect } from '@jest/globals';
import { type Answer, type Client, type Send, verdict } from '../fixtures/app.ts';
import { dice } from '../fixtures/dice.ts';

export interface CrowdOptions {
  readonly call: Client;
  readonly token: string;
  readonly seed: number;
  readonly writers: number;
  /** Changes that each writer makes. */
  readonly rounds: number;
  readonly readers: number;
  /** Items that all writers change. */
  readonly shared: number;
  /** Whether some write documents too. */
  readonly documents: boolean;
}

interface Known {
  version: number;
  text: string;
}

/** What the crowd was told. */
export interface Ledger {
  /** Answers by what they say. */
  readonly answers: Map<string, number>;
  /** Writes that were acknowledged: each is one revision. */
  readonly acknowledged: number;
  /** Answers of 503: the write gave up. */
  readonly unavailable: number;
}

/** What a crowd may meet; anything else is a defect. */
const HONEST = /^(20[0146]|404 not_found|412 precondition_failed|503 temporarily_unavailable)$/;

/**
 * Lets many clients of one account write and read at once, and holds that nothing is lost, doubled or taken for tampering:
 * each acknowledged write is there at the end, each version of an item has one winner, each list shows what was there
 * from its beginning to its end, and the revision counts the acknowledged writes.
 */
export async function crowd(options: CrowdOptions): Promise<Ledger> {
  const { token, seed } = options;
  const answers = new Map<string, number>();
  const items = new Map<string, Known>();
  const documents = new Set<string>();
  const going = new Set<string>();
  const wins: string[] = [];
  let acknowledged = 0;
  let writing = options.writers;

  const call = async (name: string, send: Send = {}): Promise<Answer> => {
    const answer = await options.call(name, { token, ...send });
    const said = verdict(answer);
    if (!HONEST.test(said)) throw new Error(`${name} answered ${said}`);
    answers.set(said, (answers.get(said) ?? 0) + 1);
    return answer;
  };
  const create = async (text: string): Promise<void> => {
    const answer = await call('POST /v1/items', { body: { type: 'note', data: { text } } });
    if (answer.status !== 201) return;
    acknowledged += 1;
    items.set(answer.text('id'), { version: 1, text });
  };
  const replace = async (id: string, text: string): Promise<void> => {
    const read = await call(`GET /v1/items/${id}`);
    if (read.status !== 200) return;
    const { version } = read.body as Known;
    const headers = { 'if-match': `"${version}"` };
    const answer = await call(`PUT /v1/items/${id}`, { body: { data: { text } }, headers });
    if (answer.status !== 200) return;
    acknowledged += 1;
    wins.push(`${id} ${version + 1}`);
    expect(answer.body).toMatchObject({ version: version + 1, data: { text } });
    const known = items.get(id);
    if (known !== undefined && known.version <= version) Object.assign(known, { version: version + 1, text });
  };
  const remove = async (id: string): Promise<void> => {
    going.add(id);
    const answer = await call(`DELETE /v1/items/${id}`);
    if (answer.status === 503) return;
    if (answer.status === 204) acknowledged += 1;
    items.delete(id);
  };
  const generate = async (id: string): Promise<void> => {
    const body = { template: 'personal-data-record', inputs: { items: [id] } };
    const answer = await options.call('POST /v1/documents', { token, body });
    // The item may have been removed meanwhile.
    if (!/^(201|422 invalid_request|503 temporarily_unavailable)$/.test(verdict(answer))) {
      throw new Error(`generating answered ${verdict(answer)}`);
    }
    if (answer.status !== 201) return;
    acknowledged += 1;
    documents.add(answer.text('id'));
  };

  const before = await call('GET /v1/account');
  for (let n = 0; n < options.shared; n++) await create(`shared ${n}`);
  const sharedIds = [...items.keys()];

  const write = async (writer: number): Promise<void> => {
    const roll = dice(seed + writer);
    const own: string[] = [];
    for (let round = 0; round < options.rounds; round++) {
      const text = `${writer} ${round}`;
      const one = sharedIds[Math.floor(roll() * sharedIds.length)] ?? '';
      const choice = roll();
      if (options.documents && choice < 0.1) await generate(one);
      else if (choice < 0.45) await replace(one, text);
      else if (choice < 0.5) await remove(one);
      else if (choice < 0.65 && own.length > 0) await remove(own.pop() ?? '');
      else {
        await create(text);
        own.push(...[...items].filter(([, known]) => known.text === text).map(([id]) => id));
      }
    }
    writing -= 1;
  };
  const read = async (reader: number): Promise<void> => {
    const roll = dice(seed - reader - 1);
    while (writing > 0) {
      const one = sharedIds[Math.floor(roll() * sharedIds.length)] ?? '';
      const choice = roll();
      if (choice < 0.5) {
        const standing = [...items.keys()];
        const listed = await listAll(call, 'items', roll() < 0.5 ? 3 : 100);
        expect(standing.filter((id) => !listed.has(id) && !going.has(id))).toEqual([]);
      } else if (choice < 0.7) await call(`GET /v1/items/${one}`);
      else if (choice < 0.8) await call('POST /v1/items/search', { body: { label: 'nowhere' } });
      else if (choice < 0.9) await call('GET /v1/account');
      else {
        const standing = [...documents];
        const listed = await listAll(call, 'documents', 2);
        expect(standing.filter((id) => !listed.has(id))).toEqual([]);
      }
    }
  };
  const all = [
    ...Array.from({ length: options.writers }, (_, writer) => write(writer)),
    ...Array.from({ length: options.readers }, (_, reader) => read(reader)),
  ];
  const failures = (await Promise.allSettled(all)).flatMap((end) =>
    end.status === 'rejected' ? [end.reason as unknown] : [],
  );
  expect(failures).toEqual([]);

  expect(await listAll(call, 'items', 100)).toEqual(new Map([...items].map(([id, { version }]) => [id, version])));
  for (const [id, { version, text }] of items) {
    expect((await call(`GET /v1/items/${id}`)).body).toMatchObject({ version, data: { text } });
    const own = wins.filter((win) => win.startsWith(id)).sort();
    expect(own).toEqual(Array.from({ length: version - 1 }, (_, n) => `${id} ${n + 2}`).sort());
  }
  expect(new Set(wins).size).toBe(wins.length);
  expect([...(await listAll(call, 'documents', 100)).keys()].sort()).toEqual([...documents].sort());
  const after = await call('GET /v1/account');
  expect(revision(after) - revision(before)).toBe(acknowledged);
  return { answers, acknowledged, unavailable: answers.get('503 temporarily_unavailable') ?? 0 };
}

/** Every page of a list: versions by id, each id once and in order. */
async function listAll(call: Client, what: 'items' | 'documents', limit: number): Promise<Map<string, unknown>> {
  const listed = new Map<string, unknown>();
  const ids: string[] = [];
  for (let cursor: string | null = ''; cursor !== null; ) {
    const page: Answer = await call(`GET /v1/${what}?limit=${limit}${cursor === '' ? '' : `&cursor=${cursor}`}`);
    const body = page.body as Record<typeof what, { id: string; version?: number }[]> & { nextCursor: string | null };
    for (const { id, version } of body[what]) {
      ids.push(id);
      listed.set(id, version);
    }
    cursor = body.nextCursor;
  }
  const inOrder = [...new Set(ids)].sort();
  expect(ids).toEqual(what === 'items' ? inOrder : inOrder.reverse());
  return listed;
}

function revision(answer: Answer): number {
  return Number(answer.headers.get('x-vault-revision'));
}
