import { gzipSync } from 'node:zlib';
import { expect } from '@jest/globals';
import { BODY_LIMIT } from '../../lambda/http/body.ts';
import { ROUTES, type Route } from '../../lambda/http/route-list.ts';
import { CONTRACTS } from '../../lambda/http/schemas/contracts.ts';
import { type Answer, verdict } from '../fixtures/app.ts';
import { pathsOf } from '../fixtures/contract.ts';
import type { Case } from './cases.ts';
import { inputAttacks } from './input-attacks.ts';
import { alike, type InputWorld, PDF, UNKNOWN_ID } from './input-world.ts';

const NOTE = { type: 'note', data: { text: 'kept' } };
const PASSWORD = 'four slow herons wade past';

/** A body that each call's schema passes, for every call that takes JSON. */
const BODIES: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  registerAccount: { email: 'third@example.com', password: PASSWORD, acceptDataLoss: true },
  changePassword: { currentPassword: PASSWORD, newPassword: PASSWORD },
  changeEmail: { password: PASSWORD, email: 'third@example.com' },
  createRecoveryCode: { password: PASSWORD },
  removeRecoveryCode: { password: PASSWORD },
  rotateKeys: { limit: 5 },
  deleteAccount: { password: PASSWORD },
  recoverAccount: { email: 'nobody@example.com', recoveryCode: 'no such code', newPassword: PASSWORD },
  signIn: { email: 'nobody@example.com', password: PASSWORD },
  reauthenticate: { password: PASSWORD },
  createItem: NOTE,
  searchItems: { label: 'nothing has it' },
  replaceItem: { data: NOTE.data },
  generateDocument: { template: 'personal-data-record', inputs: { items: UNKNOWN_ID }, fields: {} },
  searchDocuments: { title: 'nothing has it' },
  beginUpload: { title: 'Scan' },
  completeUpload: { parts: 1 },
  shortenDocument: { expiresAt: '2999-01-01T00:00:00Z' },
};

/** Names of what rows, keys and objects have, and no body. */
const RESERVED = [
  'accountId',
  'epoch',
  'version',
  'dekVersion',
  'revision',
  'id',
  'sealed',
  'pk',
  'toString',
  'valueOf',
  'hasOwnProperty',
  '__defineGetter__',
  'length',
  '$ne',
  '',
];
const POLLUTING = ['__proto__', 'constructor', 'prototype'];

const WITH_JSON = Object.entries<Route>(ROUTES)
  .filter(([name]) => CONTRACTS[name as keyof typeof CONTRACTS].json !== undefined)
  .map(([name, { method, path }]) => ({ name, call: `${method} ${path.replace(/\{\w+\}/g, UNKNOWN_ID)}` }));

/** A JSON object's text with another member at its end. */
const withMember = (body: object, key: string, value: string) =>
  Buffer.from(JSON.stringify(body).replace(/\}$/, `${Object.keys(body).length > 0 ? ',' : ''}${key}:${value}}`));

inputAttacks('Bodies', bodyCases);

/** The attacks that send bodies which are no JSON, another JSON than it seems, or too much of it. */
function bodyCases(world: InputWorld): Record<string, Case> {
  const { call, mine, wire, gateway, attacked } = world;
  let item = '';
  const send = ({ name, call: named }: (typeof WITH_JSON)[number], body: Uint8Array, headers = {}) => {
    const ifMatch = name === 'replaceItem' ? { 'if-match': '"1"' } : {};
    const aimed = name === 'replaceItem' ? named.replace(UNKNOWN_ID, item) : named;
    return call(aimed, { token: mine.token, body, headers: { ...ifMatch, ...headers } });
  };
  const create = (body: Uint8Array | string, headers = {}) =>
    call('POST /v1/items', { token: mine.token, body: Buffer.from(body), headers });
  /** How many rows there are. */
  const rows = async () => (await attacked.table.all()).length;
  /** Holds that what is done stores nothing. */
  const nothingStored = async (act: () => Promise<string>) => {
    if (item === '') item = (await create(JSON.stringify(NOTE))).text('id');
    const before = await rows();
    const told = await act();
    expect(await rows()).toBe(before);
    return told;
  };
  const each = (
    make: (body: Readonly<Record<string, unknown>>) => readonly Uint8Array[],
    check?: (a: Answer) => void,
  ) =>
    nothingStored(async () => {
      const answers: string[] = [];
      for (const route of WITH_JSON) {
        for (const body of make(BODIES[route.name] ?? {})) {
          const answer = await send(route, body);
          check?.(answer);
          answers.push(verdict(answer));
        }
      }
      return alike(answers);
    });

  return {
    'field-reserved': () =>
      each((body) => {
        expect(Object.keys(body).length).toBeGreaterThan(0);
        return RESERVED.map((name) => withMember(body, JSON.stringify(name), '"X"'));
      }),
    'field-reserved-within': () =>
      nothingStored(async () => {
        const answers: string[] = [];
        for (const name of RESERVED) {
          for (const [call, body] of [
            ['POST /v1/items', { type: 'note', data: { text: 'x', [name]: 'X' } }],
            ['POST /v1/items', { type: 'person', data: { givenName: { [name]: 'X' }, familyName: 'x' } }],
            ['POST /v1/documents', { ...BODIES['generateDocument'], fields: { [name]: 'X' } }],
            [
              'POST /v1/documents',
              { ...BODIES['generateDocument'], inputs: { items: UNKNOWN_ID, [name]: UNKNOWN_ID } },
            ],
            ['POST /v1/documents', { ...BODIES['generateDocument'], inputs: { items: { [name]: UNKNOWN_ID } } }],
            ['POST /v1/items/search', { label: { [name]: '' } }],
            ['POST /v1/sessions', { email: 'owner@example.com', password: { [name]: '' } }],
            ['POST /v1/sessions', { email: { [name]: '' }, password: PASSWORD }],
          ] as const) {
            answers.push(await world.try(call, { body }));
          }
        }
        return alike(answers);
      }),
    'field-polluting': async () => {
      const told = await each((body) =>
        POLLUTING.flatMap((name) => [
          withMember(body, `"${name}"`, '{"admin":true}'),
          withMember(body, `"\\u00${name.charCodeAt(0).toString(16)}${name.slice(1)}"`, '{"admin":true}'),
          withMember(body, '"data"', `{"text":{"${name}":{"admin":true}}}`),
          withMember(body, '"inputs"', `[{"${name}":{"admin":true}}]`),
        ]),
      );
      expect([Object.keys(Object.prototype), 'admin' in {}, 'admin' in []]).toEqual([[], false, false]);
      return told;
    },
    'json-duplicate-keys': () =>
      each(
        (body) =>
          Object.entries(body).flatMap(([key, value]) => {
            const escaped = `"\\u00${key.charCodeAt(0).toString(16)}${key.slice(1)}"`;
            return [`"${key}"`, escaped].map((name) => withMember(body, name, JSON.stringify(value)));
          }),
        (answer) => expect(pathsOf(answer)).toHaveLength(1),
      ),
    'json-depth': () =>
      nothingStored(async () => {
        const nested = (open: string, close: string, depth: number) => `${open.repeat(depth)}1${close.repeat(depth)}`;
        const answers: string[] = [];
        for (const body of [
          '['.repeat(200_000),
          nested('[', ']', 200_000),
          nested('[', ']', 130_000),
          nested('{"a":', '}', 40_000),
          `{"type":"note","data":{"text":${nested('[', ']', 33)}}}`,
        ]) {
          answers.push(verdict(await create(body)));
        }
        expect(await world.try('GET /v1/health')).toBe('200');
        return answers.join(', ');
      }),
    'json-wide': () =>
      nothingStored(async () => {
        const ones = `[${'1,'.repeat(99_999)}1]`;
        const keys = `{${Array.from({ length: 20_000 }, (_, i) => `"k${i}":1`).join(',')}}`;
        const answers: string[] = [];
        for (const route of WITH_JSON) {
          for (const body of [ones, keys, `{"inputs":{"items":${ones}}}`, `{"data":{"lines":${ones}}}`]) {
            const answer = await send(route, Buffer.from(body));
            expect(pathsOf(answer).length).toBeLessThanOrEqual(100);
            answers.push(verdict(answer));
          }
        }
        return alike(answers);
      }),
    'json-encoding': () =>
      each((body) => {
        const text = JSON.stringify(body);
        return [
          Buffer.from(`\ufeff${text}`),
          Buffer.from(text, 'utf16le'),
          Buffer.from(`\ufeff${text}`, 'utf16le'),
          Buffer.from(text, 'utf16le').swap16(),
          Buffer.concat([Buffer.from(text.slice(0, -2)), Buffer.of(0xff), Buffer.from(text.slice(-2))]),
          Buffer.from(text.replace(/"/, '"caf\u00e9'), 'latin1'),
          Buffer.concat([Buffer.from(text.slice(0, 2)), Buffer.of(0xc0, 0xaf), Buffer.from(text.slice(2))]),
          Buffer.concat([Buffer.from(text.slice(0, 2)), Buffer.of(0xed, 0xa0, 0x80), Buffer.from(text.slice(2))]),
          Buffer.from(`${text}\0`),
          Buffer.from(text.slice(0, -1)),
          Buffer.from(`${text}${text}`),
          Buffer.alloc(0),
        ];
      }),
    'content-type-wrong': () =>
      nothingStored(async () => {
        const answers: string[] = [];
        for (const route of WITH_JSON) {
          const body = Buffer.from(JSON.stringify(BODIES[route.name]));
          for (const type of [
            [],
            '',
            'text/plain',
            'application/x-www-form-urlencoded',
            'multipart/form-data; boundary=x',
            'application/jsonp',
            'application/json-patch+json',
            'application/json, application/pdf',
            'application/json; charset=utf-16',
            'application/json; charset=iso-8859-1',
            'application/json; charset=utf-8; charset=utf-7',
            'application/json; boundary=x',
            'application/pdf; charset=utf-8',
            "application/json; charset*=utf-8''utf-7",
          ]) {
            answers.push(verdict(await send(route, body, { 'content-type': type })));
          }
        }
        return alike(answers);
      }),
    'content-type-charset': async () => {
      const answers: string[] = [];
      for (const type of [
        'application/json;charset=utf-8',
        'APPLICATION/JSON; CHARSET="UTF-8"',
        ' application/json ',
      ]) {
        answers.push(await world.try('POST /v1/items/search', { body: {}, headers: { 'content-type': type } }));
      }
      return alike(answers);
    },
    'content-encoding': () =>
      nothingStored(async () => {
        const packed = [gzipSync(JSON.stringify(NOTE)), gzipSync(Buffer.alloc(100 * 1024 * 1024, 0x20))];
        const answers: string[] = [];
        for (const body of packed) {
          for (const coding of ['gzip', 'x-gzip', 'deflate', 'br', 'gzip, gzip']) {
            answers.push(verdict(await create(body, { 'content-encoding': coding })));
          }
        }
        return alike(answers);
      }),
    'body-chunked': async () => {
      const chunked = { 'transfer-encoding': 'chunked' };
      const made = await create(JSON.stringify(NOTE), chunked);
      const before = await rows();
      const over = await create(JSON.stringify(NOTE).padEnd(BODY_LIMIT + 1), chunked);
      expect(await rows()).toBe(before);
      return `${verdict(made)}, ${verdict(over)}`;
    },
    'body-length-short': () =>
      nothingStored(async () => {
        const note = JSON.stringify(NOTE);
        const smuggled = `DELETE /v1/sessions HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${mine.token}x\r\n\r\n`;
        const answers = await wire(`${head(note.length - 1)}${note}${smuggled}`);
        return alike(answers.map(({ status }) => String(status)));
      }),
    'body-length-long': () =>
      nothingStored(async () => {
        const note = JSON.stringify(NOTE);
        const { hostname, port } = new URL(attacked.url);
        const { connect } = await import('node:net');
        const came = await new Promise<string>((resolve) => {
          let text = '';
          const socket = connect(Number(port), hostname, () => socket.end(`${head(note.length + 1)}${note}`));
          socket.on('data', (data) => {
            text += data.toString('latin1');
          });
          socket.on('error', () => undefined);
          socket.on('close', () => {
            resolve(text);
          });
        });
        return came === '' || came.startsWith('HTTP/1.1 400 ') ? 'nothing is done' : came;
      }),
    'body-at-limit': async () => {
      const text = JSON.stringify(NOTE);
      const made = await create(text.padEnd(BODY_LIMIT));
      const before = await rows();
      const over = [await create(text.padEnd(BODY_LIMIT + 1)), await create(Buffer.alloc(8 * BODY_LIMIT, 0x20))];
      expect(await rows()).toBe(before);
      return `${verdict(made)}, then ${alike(over.map(verdict))}`;
    },
    'gateway-base64': async () => {
      const headers = { authorization: `Bearer ${mine.token}`, 'content-type': 'application/json' };
      const made = await gateway('POST /v1/items', { headers, body: Buffer.from(JSON.stringify(NOTE)) });
      const before = await rows();
      const refused: string[] = [];
      for (const [body, flag] of [
        ['this is no base64!', true],
        [JSON.stringify(NOTE), true],
        [Buffer.from(JSON.stringify(NOTE)).toString('base64'), false],
        [Buffer.from(PDF).toString('base64'), true],
        [Buffer.of(0xff, 0, 0xfe).toString('base64'), true],
        ['', true],
      ] as const) {
        refused.push(verdict(await gateway('POST /v1/items', { headers, body }, flag)));
      }
      expect(await rows()).toBe(before);
      return `${verdict(made)}, then ${alike(refused)}`;
    },
    'gateway-binary': async () => {
      const bytes = Buffer.concat([PDF, Buffer.from(Array.from({ length: 512 }, (_, i) => i % 256)), PDF]);
      const authorization = `Bearer ${mine.token}`;
      const pdf = { authorization, 'content-type': 'application/pdf' };
      const made = await gateway('POST /v1/documents', { headers: pdf, body: bytes });
      const path = `/v1/documents/${made.text('id')}/content`;
      const read = await gateway(`GET ${path}`, { headers: { authorization } });
      expect(read.bytes.equals(bytes)).toBe(true);
      return `${verdict(made)}, ${verdict(read)}`;
    },
    'gateway-headers-twice': () =>
      nothingStored(async () => {
        const authorization = `Bearer ${mine.token}`;
        const json = { authorization, 'content-type': 'application/json' };
        const body = JSON.stringify(NOTE);
        const answers: string[] = [];
        for (const twice of [
          { authorization: [authorization, authorization] },
          { Authorization: ['Bearer x'], ...json },
          { ...json, 'content-type': ['application/json', 'application/json'] },
          { ...json, 'idempotency-key': ['a', 'b'] },
          { ...json, 'x-vault-revision-seen': ['1', '2'] },
        ]) {
          answers.push(verdict(await gateway('POST /v1/items', { headers: twice, body })));
        }
        const ifMatch = { ...json, 'if-match': ['"1"', '"1"'] };
        answers.push(verdict(await gateway(`DELETE /v1/items/${UNKNOWN_ID}`, { headers: ifMatch })));
        return answers.join(', ');
      }),
  };

  function head(length: number): string {
    const fields = ['host: x', `authorization: Bearer ${mine.token}`, 'content-type: application/json'];
    return `${['POST /v1/items HTTP/1.1', ...fields, `content-length: ${length}`].join('\r\n')}\r\n\r\n`;
  }
}
