import { expect } from '@jest/globals';
import { entryKey, entryOf } from '../../lambda/crypto/manifest.ts';
import { type ItemId, newId } from '../../lambda/domain/ids.ts';
import type { ItemRow } from '../../lambda/domain/records.ts';
import { readZip } from '../archive/read-zip.ts';
import { type Answer, verdict } from '../fixtures/app.ts';
import type { Case } from './cases.ts';
import { inputAttacks } from './input-attacks.ts';
import { SYNTAX, TEXTS } from './input-texts.ts';
import { openVault } from './input-vault.ts';
import { alike, type InputWorld, PDF } from './input-world.ts';
import { type RawRow } from './service.ts';

/** DynamoDB's limit on a row, bytes. */
const ROW_LIMIT = 400 * 1024;
const NOTE_LIMIT = 64 * 1024;
const MAX_ENTRIES = 2000;

inputAttacks('Numbers and texts', valueCases);

/** The attacks by numbers and texts. */
function valueCases(world: InputWorld): Record<string, Case> {
  const { attacked, call } = world;
  const post = (token: string, body: unknown) => call('POST /v1/items', { token, body });
  const raw = (token: string, text: string) => post(token, Buffer.from(text));

  /** Holds that items come back equal by each way that they come back. */
  const roundTrip = async (contents: readonly { label: string; type: string; data: object }[]) => {
    const { token } = await attacked.register();
    const answers: string[] = [];
    const sent = new Map<string, string>();
    for (const content of contents) {
      const made = await post(token, content);
      answers.push(verdict(made));
      sent.set(made.text('id'), contentOf(made.body));
      expect(contentOf(made.body)).toBe(contentOf(content));
    }
    for (const [id, content] of sent) {
      const read = await call(`GET /v1/items/${id}`, { token });
      expect(contentOf(read.body)).toBe(content);
      const body = JSON.parse(content) as { label: string; data: object };
      const put = { body: { label: body.label, data: body.data }, headers: { 'if-match': '"1"' } };
      expect(contentOf((await call(`PUT /v1/items/${id}`, { token, ...put })).body)).toBe(content);
    }
    const found = [
      ...itemsIn(await call('GET /v1/items?reveal=true&limit=100', { token })),
      ...itemsIn(await call('POST /v1/items/search', { token, body: { reveal: true, limit: 100 } })),
      ...(await exported(token)),
    ];
    expect(found).toHaveLength(3 * sent.size);
    for (const { id, ...item } of found) expect(contentOf(item)).toBe(sent.get(id));
    return alike(answers);
  };
  const exported = async (token: string) => {
    const { bytes } = await call('GET /v1/account/export', { token });
    const file = readZip(bytes).find(({ name }) => name === 'items.json');
    const { items } = JSON.parse(file?.body.toString() ?? '') as { items: { id: string }[] };
    return items;
  };

  return {
    'number-odd': async () => {
      const { token } = await attacked.register();
      const card = (year: string) =>
        `{"type":"payment-card","data":{"number":"4111111111111111","expiryYear":${year},"expiryMonth":1}}`;
      const answers: string[] = [];
      for (const number of [
        '9007199254740991',
        '9007199254740992',
        '9007199254740993',
        '1e400',
        '-1e400',
        '-0',
        '0',
        '2026.1',
        '2026.0000001',
        '0.1',
        '5e-324',
        '"2026"',
        'true',
        'null',
        '[2026]',
        '{"value":2026}',
        '123456789012345678901234567890',
        '18446744073711577642',
      ]) {
        answers.push(verdict(await raw(token, card(number))));
        for (const [named, body] of [
          ['POST /v1/items/search', `{"limit":${number}}`],
          ['POST /v1/uploads', `{"title":"x","retentionDays":${number}}`],
          ['POST /v1/account/key-rotation', `{"limit":${number}}`],
        ] as const) {
          answers.push(verdict(await call(named, { token, body: Buffer.from(body) })));
        }
      }
      return alike(answers);
    },
    'number-spellings': async () => {
      const { token } = await attacked.register();
      for (const number of ['2026.0', '20.26e2', '202600e-2', '2026.00000000000000000001']) {
        const made = await raw(
          token,
          `{"type":"payment-card","data":{"number":"4111111111111111","expiryYear":${number}}}`,
        );
        const read = await call(`GET /v1/items/${made.text('id')}`, { token });
        expect(read.bytes.toString()).toContain('"expiryYear":2026}');
      }
      return '201, and it is 2026';
    },
    'text-odd': () =>
      roundTrip(TEXTS.flatMap((text) => [note(text, text.slice(0, 200)), person(text.slice(0, 200), text)])),
    'text-syntax': () => roundTrip(SYNTAX.flatMap((text) => [note(text, text), person(text, text)])),
    'text-controls': async () => {
      const { token, accountId } = await attacked.register();
      const answers: string[] = [];
      for (const code of [0, 1, 8, 0x0b, 0x1b, 0x7f, 0x80, 0x85, 0x9f]) {
        const text = `a${String.fromCharCode(code)}b`;
        for (const body of [note(text, ''), note('x', text), person(text, ''), person('x', `x\n${text}`)]) {
          answers.push(verdict(await post(token, body)));
        }
        const body = { title: text };
        answers.push(verdict(await call('POST /v1/uploads', { token, body })));
        const headers = { 'content-type': 'application/pdf', 'x-document-title': encodeURIComponent(text) };
        answers.push(verdict(await call('POST /v1/documents', { token, body: PDF, headers })));
      }
      const kept = (await attacked.table.all()).filter(({ pk }) => pk?.S === `A#${accountId}`);
      expect(kept.filter(({ sk }) => /^[ID]#/.test(sk?.S ?? ''))).toEqual([]);
      return alike(answers);
    },
    'text-longest': async () => {
      const { token } = await attacked.register();
      const answers: string[] = [];
      for (const [char, bytes] of [
        ['a', 1],
        ['\n', 1],
        ['\u00e9', 2],
        ['\u2028', 3],
        ['\ud800', 3],
        ['\u{1f600}', 4],
      ] as const) {
        const text = char.repeat(Math.floor(NOTE_LIMIT / bytes));
        const made = await post(token, note(text, '\u{1f600}'.repeat(200)));
        const read = await call(`GET /v1/items/${made.text('id')}`, { token });
        expect(contentOf(read.body)).toBe(contentOf(note(text, '\u{1f600}'.repeat(200))));
        answers.push(`${verdict(made)}, then ${verdict(await post(token, note(`${text}${char}`, '')))}`);
      }
      return alike(answers);
    },
    'row-largest': async () => {
      const { token, accountId } = await attacked.register();
      const line = '\ud800'.repeat(200);
      const long = { lines: [line, line, line, line], city: line, region: line, country: 'DE' };
      await post(token, note('\ud800'.repeat(Math.floor(NOTE_LIMIT / 3)), line));
      await post(token, { type: 'address', label: line, data: long });
      const upload = await call('POST /v1/uploads', { token, body: { title: line } });
      const id = upload.text('uploadId');
      const pdf = { 'content-type': 'application/pdf', 'user-agent': '\u00ff'.repeat(7000) };
      const answers: string[] = [];
      const sizes: number[] = [];
      for (let part = 1; part <= 40; part++) {
        const path = `PUT /v1/uploads/${id}/parts/${part}`;
        answers.push(verdict(await call(path, { token, body: PDF, headers: pdf })));
        if (part % 20 === 0) sizes.push(sizeOf(await attacked.table.get({ pk: `A#${accountId}`, sk: `D#${id}` })));
      }
      const [twenty = 0, forty = 0] = sizes;
      // Each part adds the same; 400 objects are the most that an upload's row may name.
      expect(forty + 18 * (forty - twenty)).toBeLessThan(ROW_LIMIT);
      const rows = (await attacked.table.all()).filter(({ pk }) => pk?.S === `A#${accountId}`);
      expect(Math.max(...rows.map(sizeOf))).toBeGreaterThan(NOTE_LIMIT);
      expect(Math.max(...rows.map(sizeOf))).toBeLessThan(ROW_LIMIT);
      return alike(answers);
    },
    'vault-full': async () => {
      const { token, accountId } = await attacked.register();
      await fill(world, token);
      const answers: string[] = [];
      const before = (await attacked.table.all()).length;
      const objects = (await attacked.bucket.names()).length;
      const made = await post(token, note('the last', ''));
      const pdf = { 'content-type': 'application/pdf' };
      answers.push(verdict(await post(token, note('one too many', ''))));
      answers.push(verdict(await call('POST /v1/documents', { token, body: PDF, headers: pdf })));
      answers.push(verdict(await call('POST /v1/uploads', { token, body: { title: 'x' } })));
      const inputs = { items: made.text('id') };
      const record = { template: 'personal-data-record', inputs };
      answers.push(verdict(await call('POST /v1/documents', { token, body: record })));
      // The last item, and what the session wrote down of making it.
      expect((await attacked.table.all()).length).toBe(before + 2);
      expect((await attacked.bucket.names()).length).toBe(objects);
      const manifest = await attacked.table.get({ pk: `A#${accountId}`, sk: 'M' });
      expect(sizeOf(manifest)).toBeLessThan(ROW_LIMIT);
      return `${verdict(made)}, then ${alike(answers)}`;
    },
    'search-syntax': async () => {
      const { token } = await attacked.register();
      await post(token, note('x', 'plain'));
      const found: number[] = [];
      for (const text of [...SYNTAX, '', '.*', '%', '_', '[a-z]', '(?:)', '^', '\\', '*']) {
        const answer = await call('POST /v1/items/search', { token, body: { label: text } });
        if (text !== '') found.push(itemsIn(answer).length);
      }
      expect(found.every((count) => count === 0)).toBe(true);
      await post(token, note('x', '.* % _ \\'));
      const literal = await call('POST /v1/items/search', { token, body: { label: '.* % _ \\' } });
      expect(itemsIn(literal)).toHaveLength(1);
      return '200, and only what has the text itself';
    },
  };
}

const note = (text: string, label: string) => ({ label, type: 'note', data: { text } });

const person = (text: string, label: string) => ({
  label: label.slice(0, 200),
  type: 'person',
  data: { familyName: text, givenName: text },
});

/** What of an item was sent, in its order. */
function contentOf(item: unknown): string {
  const { label, type, data } = item as { label: string; type: string; data: unknown };
  return JSON.stringify({ label, type, data });
}

function itemsIn(answer: Answer): { id: string }[] {
  return (answer.body as { items: { id: string }[] }).items;
}

/** Bytes of a row, names included, as DynamoDB counts them, or a little more. */
function sizeOf(row: RawRow): number {
  return Object.entries(row).reduce((sum, [name, value]) => {
    const bytes = value.B?.length ?? Buffer.byteLength(value.S ?? value.N ?? JSON.stringify(value));
    return sum + Buffer.byteLength(name) + bytes;
  }, 0);
}

/** Makes items, as so many calls would leave them, until one more fills the vault. */
async function fill(world: InputWorld, token: string): Promise<void> {
  const { env, signedIn } = await openVault(world.attacked, token);
  try {
    const vault = await signedIn.vault();
    const { accountId, dekVersion } = vault.keys;
    for (let made = 0; made < MAX_ENTRIES - 1; ) {
      const rows = Array.from({ length: Math.min(90, MAX_ENTRIES - 1 - made) }, (): ItemRow => {
        const now = env.clock();
        const itemId = newId<ItemId>(now, env.random(10));
        const item = { ...note('x', ''), createdAt: now, updatedAt: now };
        const sealed = vault.keys.seal('item', itemId, 1, Buffer.from(JSON.stringify(item)));
        return { kind: 'item', accountId, itemId, version: 1, dekVersion, sealed };
      });
      const entries = rows.map((row) => [entryKey('item', row.itemId), entryOf(row)] as const);
      await vault.write(null, [], [], (_, manifest) => ({
        changes: rows.map((row) => ({ op: 'put', row, replaces: null })),
        manifest: { ...manifest, entries: new Map([...manifest.entries, ...entries]) },
        result: null,
      }));
      made += rows.length;
    }
  } finally {
    await signedIn.close();
  }
}
