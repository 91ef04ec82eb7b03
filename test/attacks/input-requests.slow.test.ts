import { expect } from '@jest/globals';
import { type Answer, verdict } from '../fixtures/app.ts';
import type { Case } from './cases.ts';
import { inputAttacks } from './input-attacks.ts';
import { alike, type InputWorld, PDF, UNKNOWN_ID } from './input-world.ts';
import { type Member } from './service.ts';

const LISTS = ['/v1/items', '/v1/documents', '/v1/account/activity'] as const;
const NOTE = { type: 'note', data: { text: 'kept' } };
const PDF_HEADERS = { 'content-type': 'application/pdf' };

inputAttacks('Cursors, versions, ranges and keys', requestCases);

/** The attacks by what steers a request: cursors, limits, revisions, versions, ranges and idempotency keys. */
function requestCases(world: InputWorld): Record<string, Case> {
  const { call, theirs, attacked } = world;

  /** An account with two items of each of two types, two documents, and the cursor of each list's first page. */
  const furnished = async () => {
    const member = await attacked.register();
    const { token } = member;
    for (const label of ['first', 'second']) {
      await call('POST /v1/items', { token, body: { ...NOTE, label } });
      await call('POST /v1/items', { token, body: { type: 'email', label, data: { address: 'owner@example.com' } } });
      await call('POST /v1/documents', { token, body: PDF, headers: PDF_HEADERS });
    }
    return { member, token, cursors: await cursorsOf(member) };
  };
  const cursorsOf = async ({ token }: Member) => {
    const cursors: string[] = [];
    for (const list of LISTS) cursors.push((await call(`GET ${list}?limit=1`, { token })).text('nextCursor'));
    return cursors;
  };
  const page = (list: string, cursor: string, token: string) =>
    call(`GET ${list}?limit=1&cursor=${encodeURIComponent(cursor)}`, { token });
  const newItem = (token: string, key: string | string[], body: unknown = NOTE) =>
    call('POST /v1/items', { token, body, headers: { 'idempotency-key': key } });
  const items = async (token: string) =>
    ((await call('GET /v1/items?limit=100', { token })).body as { items: { id: string }[] }).items.map(({ id }) => id);

  return {
    'cursor-forged': async () => {
      const { token, cursors } = await furnished();
      const answers: string[] = [];
      for (const [i, list] of LISTS.entries()) {
        const cursor = cursors[i] ?? '';
        expect(verdict(await page(list, cursor, token))).toBe('200');
        const sealed = Buffer.from(cursor, 'base64url');
        // Each byte of one list's, every fifth of the others'.
        const places = Array.from(sealed.keys()).filter((at) => i === 0 || at % 5 === 0);
        const flipped = places.map((at) => {
          const bytes = Buffer.from(sealed);
          bytes.writeUInt8(bytes.readUInt8(at) ^ (1 << (at % 8)), at);
          return bytes.toString('base64url');
        });
        const cut = Array.from({ length: 20 }, (_, n) => cursor.slice(0, Math.floor((cursor.length * n) / 20)));
        for (const forged of [
          ...flipped,
          ...cut,
          `${cursor}A`,
          `${cursor}=`,
          `${cursor}${cursor}`,
          sealed.toString('base64'),
          sealed.toString('hex'),
          ` ${cursor}`,
          UNKNOWN_ID,
          Buffer.from(UNKNOWN_ID).toString('base64url'),
          'A'.repeat(6000),
          'A'.repeat(6001),
          'null',
          '\u0000',
        ]) {
          if (forged !== cursor) answers.push(verdict(await page(list, forged, token)));
        }
      }
      return alike(answers);
    },
    'cursor-of-another-list': async () => {
      const { token, cursors } = await furnished();
      const answers: string[] = [];
      for (const [i, list] of LISTS.entries()) {
        for (const [j, cursor] of cursors.entries())
          if (i !== j) answers.push(verdict(await page(list, cursor, token)));
      }
      return alike(answers);
    },
    'cursor-of-another-account': async () => {
      const [{ token }, { cursors }] = [await furnished(), await furnished()];
      const answers: string[] = [];
      for (const [i, list] of LISTS.entries()) answers.push(verdict(await page(list, cursors[i] ?? '', token)));
      const body = { cursor: cursors[0] };
      answers.push(verdict(await call('POST /v1/items/search', { token, body })));
      answers.push(verdict(await call('POST /v1/documents/search', { token, body: { cursor: cursors[1] } })));
      return alike(answers);
    },
    'cursor-of-another-filter': async () => {
      const { token, cursors } = await furnished();
      const [cursor = ''] = cursors;
      const body = { type: 'email', label: 'second', cursor };
      const answer = await call('POST /v1/items/search', { token, body });
      const found = (answer.body as { items: { type: string; label: string }[] }).items;
      expect(found.map(({ type, label }) => [type, label])).toEqual([['email', 'second']]);
      return verdict(answer);
    },
    'cursor-after-rotation': async () => {
      const { member, token, cursors } = await furnished();
      const started = await call('POST /v1/account/key-rotation', {
        token,
        body: { password: member.password, limit: 1 },
      });
      expect(verdict(started)).toBe('200');
      const meanwhile: string[] = [];
      for (const [i, list] of LISTS.slice(0, 2).entries())
        meanwhile.push(verdict(await page(list, cursors[i] ?? '', token)));
      for (let left = 1; left > 0; ) {
        const { body } = await call('POST /v1/account/key-rotation', { token, body: {} });
        left = (body as { remaining: number }).remaining;
      }
      const after: string[] = [];
      for (const [i, list] of LISTS.entries()) after.push(verdict(await page(list, cursors[i] ?? '', token)));
      return `${alike(meanwhile)}, then ${alike(after)}`;
    },
    'limit-forged': async () => {
      const answers: string[] = [];
      for (const list of LISTS) {
        for (const limit of [
          '0',
          '-1',
          '1.5',
          '1e2',
          '1e9',
          '101',
          'NaN',
          '',
          '%20',
          '+5',
          '0x10',
          '05',
          'Infinity',
          '٥',
        ]) {
          answers.push(await world.try(`GET ${list}?limit=${encodeURIComponent(limit).replace('%2520', '%20')}`));
        }
      }
      for (const limit of [0, -1, 1.5, 101, 1e9, '5', '', null, [5], { gt: 0 }, true]) {
        for (const list of LISTS.slice(0, 2)) answers.push(await world.try(`POST ${list}/search`, { body: { limit } }));
      }
      return alike(answers);
    },
    'parameter-forged': async () => {
      const answers: string[] = [];
      for (const list of LISTS) {
        for (const query of [
          'limit=5&limit=5',
          'limit=5&limit=6',
          'limit[]=5',
          'limit[gt]=5',
          'accountId=01ARZ3NDEKTSV4RRFFQ69G5FAV',
          '__proto__=1',
          '__proto__[admin]=1',
          'constructor=1',
          'LIMIT=5',
          'limit=5;limit=6',
          'limit=5%26cursor=x',
          '%00=1',
          'cursor=',
        ]) {
          answers.push(await world.try(`GET ${list}?${query}`));
        }
      }
      expect('admin' in {}).toBe(false);
      return alike(answers);
    },
    'revision-seen-forged': async () => {
      const answers: string[] = [];
      for (const seen of [
        '-1',
        '1.5',
        '1e3',
        'NaN',
        'text',
        '',
        '0x10',
        '9'.repeat(16),
        '1, 2',
        '+1',
        '\u00b2',
        '"1"',
      ]) {
        answers.push(await world.try('GET /v1/account', { headers: { 'x-vault-revision-seen': seen } }));
      }
      const twice = { 'x-vault-revision-seen': ['1', '1'] };
      answers.push(await world.try('GET /v1/account', { headers: twice }));
      return alike(answers);
    },
    'revision-seen-ahead': async () => {
      const { token } = await attacked.register();
      const answers: string[] = [];
      const stored = (await call('GET /v1/account', { token })).headers.get('x-vault-revision');
      for (const seen of [String(Number(stored) + 1), '9'.repeat(15), '0'.repeat(14) + '9']) {
        const sent = { token, headers: { 'x-vault-revision-seen': seen } };
        const answer = await call('POST /v1/items', { ...sent, body: NOTE });
        expect(answer.headers.get('x-vault-revision')).toBe(stored);
        answers.push(verdict(answer));
      }
      expect(await items(token)).toEqual([]);
      return alike(answers);
    },
    'if-match-forged': async () => {
      const { token } = await attacked.register();
      const id = (await call('POST /v1/items', { token, body: NOTE })).text('id');
      const other = (await call('POST /v1/items', { token, body: NOTE })).text('id');
      const change = { token, body: { data: { text: 'changed' } } };
      const etag = (await call(`PUT /v1/items/${other}`, { ...change, headers: { 'if-match': '"1"' } })).headers.get(
        'etag',
      );
      const said1 = async (tag: string | string[]) => {
        const headers = { 'if-match': tag };
        const put = verdict(await call(`PUT /v1/items/${id}`, { ...change, headers }));
        expect(verdict(await call(`DELETE /v1/items/${id}`, { token, headers }))).toBe(put);
        return put;
      };
      const noTag = [
        '*',
        'W/"1"',
        '1',
        "'1'",
        '"1", "2"',
        '""1""',
        '',
        '"1" ',
        '"1',
        '"\u00e9"',
        `"${'1'.repeat(150)}"`,
      ];
      const malformed: string[] = [];
      for (const tag of noTag.filter((tag) => tag !== '"1" ')) malformed.push(await said1(tag));
      malformed.push(await said1(['"1"', '"1"']));
      const mismatched: string[] = [];
      for (const tag of ['"0"', '"2"', '"01"', '"1.0"', '"-1"', '""', `"${'9'.repeat(16)}"`, '"NaN"', etag ?? '']) {
        mismatched.push(await said1(tag));
      }
      const none = verdict(await call(`PUT /v1/items/${id}`, change));
      expect((await call(`GET /v1/items/${id}`, { token })).body).toMatchObject({ data: NOTE.data, version: 1 });
      return `${alike(malformed)}; ${alike(mismatched)}; ${none}`;
    },
    'range-forged': async () => {
      const { token } = await attacked.register();
      const id = (await call('POST /v1/documents', { token, body: PDF, headers: PDF_HEADERS })).text('id');
      const ranged = (range: string | string[]) =>
        call(`GET /v1/documents/${id}/content`, { token, headers: { range } });
      const many = `bytes=${Array.from({ length: 30 }, () => '0-1').join(',')}`;
      const whole: Answer[] = [];
      for (const range of [
        'bytes=5-2',
        'bytes=0-1,3-4',
        many,
        'items=0-1',
        'bytes',
        'bytes=-',
        'bytes=a-b',
        'bytes=0--1',
      ]) {
        whole.push(await ranged(range));
      }
      whole.push(await ranged(['bytes=0-1', 'bytes=2-3']), await ranged(`bytes=${'9'.repeat(16)}-`));
      for (const { bytes } of whole) expect(bytes.equals(PDF)).toBe(true);
      const outside: Answer[] = [];
      for (const range of [`bytes=${PDF.length}-`, 'bytes=-0', `bytes=${'9'.repeat(15)}-`])
        outside.push(await ranged(range));
      for (const { headers } of outside) expect(headers.get('content-range')).toBe(`bytes */${PDF.length}`);
      const inside = [
        await ranged('bytes=0-0'),
        await ranged(`bytes=1-${'9'.repeat(15)}`),
        await ranged('bytes=-999999'),
      ];
      expect(inside.map(({ bytes }) => bytes.length)).toEqual([1, PDF.length - 1, PDF.length]);
      const long = await ranged(`bytes=0-${'1,'.repeat(100)}`);
      return `${alike(whole.map(verdict))}; ${alike(outside.map(verdict))}; ${alike(inside.map(verdict))}; ${verdict(long)}`;
    },
    'idempotency-of-another': async () => {
      const [first, second] = [
        await newItem(theirs.token, 'a-shared-key'),
        await newItem(world.mine.token, 'a-shared-key'),
      ];
      expect(second.text('id')).not.toBe(first.text('id'));
      expect(await items(world.mine.token)).toContain(second.text('id'));
      expect(await items(theirs.token)).not.toContain(second.text('id'));
      const again = await newItem(world.mine.token, 'a-shared-key');
      expect(again.text('id')).toBe(second.text('id'));
      return verdict(second);
    },
    'idempotency-at-once': async () => {
      const { token } = await attacked.register();
      const answers = await Promise.all(Array.from({ length: 20 }, () => newItem(token, 'at-once')));
      const made = answers.filter(({ status }) => status === 201);
      expect(made.length).toBeGreaterThan(0);
      const rest = alike(answers.filter(({ status }) => status !== 201).map(verdict));
      expect(['', '503 temporarily_unavailable']).toContain(rest);
      const ids = new Set(made.map((answer) => answer.text('id')));
      expect([...ids]).toEqual(await items(token));
      expect(ids.size).toBe(1);
      return alike(made.map(verdict));
    },
    'idempotency-other-request': async () => {
      const { token } = await attacked.register();
      const made = await newItem(token, 'once');
      const body = { title: 'x' };
      const headers = { 'idempotency-key': 'once' };
      const answers = [
        await newItem(token, 'once', { ...NOTE, label: '' }),
        await newItem(token, 'once', { data: NOTE.data, type: 'note' }),
        await call('POST /v1/uploads', { token, body, headers }),
        await call('POST /v1/documents', { token, body: PDF, headers: { ...headers, ...PDF_HEADERS } }),
      ];
      expect(await items(token)).toEqual([made.text('id')]);
      return alike(answers.map(verdict));
    },
    'idempotency-malformed': async () => {
      const { token } = await attacked.register();
      const answers: string[] = [];
      for (const key of ['', ' ', 'a b', 'a'.repeat(65), 'a'.repeat(5000), 'caf\u00e9', 'a\tb', '\u00ff', ['a', 'b']]) {
        answers.push(verdict(await newItem(token, key)));
        const headers = { ...PDF_HEADERS, 'idempotency-key': key };
        answers.push(verdict(await call('POST /v1/documents', { token, body: PDF, headers })));
      }
      expect(await items(token)).toEqual([]);
      return alike(answers);
    },
  };
}
