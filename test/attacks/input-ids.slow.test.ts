import { expect } from '@jest/globals';
import { ROUTES, type Route } from '../../lambda/http/route-list.ts';
import { type Answer, verdict } from '../fixtures/app.ts';
import type { Case } from './cases.ts';
import { inputAttacks } from './input-attacks.ts';
import { alike, type InputWorld, PDF, rowsOf, type Sent, UNKNOWN_ID } from './input-world.ts';
import { type Member } from './service.ts';

const WITH_ID = Object.entries<Route>(ROUTES)
  .filter(([, { path }]) => path.includes('{'))
  .map(([name, route]) => ({ name, ...route }));

/** A body that a call's schema passes. */
const BODIES: Readonly<Record<string, unknown>> = {
  replaceItem: { data: { text: 'changed' } },
  putUploadPart: PDF,
  completeUpload: { parts: 1 },
  shortenDocument: { expiresAt: '2999-01-01T00:00:00Z' },
};

/** One of each thing that has an id. */
interface Things {
  readonly item: string;
  readonly document: string;
  readonly upload: string;
  readonly session: string;
}

async function makeThings({ call }: InputWorld, { token, sessionId }: Member): Promise<Things> {
  const pdf = { token, body: PDF, headers: { 'content-type': 'application/pdf' } };
  const upload = (await call('POST /v1/uploads', { token, body: { title: 'Scan' } })).text('uploadId');
  await call(`PUT /v1/uploads/${upload}/parts/1`, pdf);
  return {
    item: (await call('POST /v1/items', { token, body: { type: 'note', data: { text: 'kept' } } })).text('id'),
    document: (await call('POST /v1/documents', pdf)).text('id'),
    upload,
    session: sessionId,
  };
}

/** Ids that are none, or name nothing, one of which each spelling of `id` is. */
const spellings = (id: string) => [
  UNKNOWN_ID,
  id.toLowerCase(),
  `${id}0`,
  id.slice(0, -1),
  'x'.repeat(4000),
  `8${id.slice(1)}`,
  `${id}%00`,
  `%00`,
  `..%2f${id}`,
  `%2e%2e%2f%2e%2e%2fetc%2fpasswd`,
  `${id}%2f`,
  `${id};a=b`,
  `${id}%0d%0ax-injected:%201`,
  `%ff%fe`,
  `%zz`,
  '*',
  '%24%7B7*7%7D',
  "'%20OR%20'1'='1",
  '__proto__',
  'constructor',
  'toString',
];

inputAttacks('Ids of others and of nothing', idCases);

/** The attacks that send ids of what is another's, or of nothing. */
function idCases(world: InputWorld): Record<string, Case> {
  const { call, mine, theirs, attacked } = world;
  const { bucket } = attacked;
  let [own, other]: [Things | null, Things | null] = [null, null];
  const things = async () => {
    own ??= await makeThings(world, mine);
    other ??= await makeThings(world, theirs);
    return { own, other };
  };
  const send = (method: string, route: (typeof WITH_ID)[number], id: string) => {
    const body = BODIES[route.name];
    const headers = {
      ...(route.name === 'replaceItem' ? { 'if-match': '"1"' } : {}),
      ...(body instanceof Uint8Array ? { 'content-type': 'application/pdf' } : {}),
    };
    const path = route.path.replace('{part}', '1').replace(/\{\w+\}/, id);
    const sent: Sent = { token: mine.token, headers, ...(body === undefined ? {} : { body }) };
    return call(`${method} ${path}`, sent);
  };
  /** What is stored of both accounts. */
  const stored = async () => ({ rows: await rowsOf(attacked), objects: (await bucket.names()).sort() });
  /** Holds that nothing was stored, changed or removed by what is done. */
  const unchanged = async (act: () => Promise<string>) => {
    await things();
    const before = await stored();
    const told = await act();
    expect(await stored()).toEqual(before);
    return told;
  };
  /** Sends ids with each call that names something, and holds the answers to that for an id that never existed. */
  const likeNothing = (idsOf: (kind: keyof Things, things: { own: Things; other: Things }) => Iterable<string>) =>
    unchanged(async () => {
      const both = await things();
      const answers: string[] = [];
      for (const route of WITH_ID) {
        const nothing = plain(await send(route.method, route, UNKNOWN_ID));
        for (const id of idsOf(kindOf(route), both)) {
          const answer = await send(route.method, route, id);
          expect([id, plain(answer)]).toEqual([id, nothing]);
          answers.push(verdict(answer));
        }
      }
      return alike(answers);
    });

  return {
    'id-of-another': () => likeNothing((_, { other }) => Object.values<string>({ ...other })),
    'id-malformed': () => likeNothing((kind, { own, other }) => new Set([other[kind], own[kind]].flatMap(spellings))),
    'id-percent-encoded': () => likeNothing((_, { other }) => Object.values<string>({ ...other }).map(percentEncoded)),
    'id-dot-segments': () =>
      unchanged(async () => {
        const { own, other } = await things();
        const answers: string[] = [];
        for (const route of WITH_ID) {
          for (const dots of ['.', '..', '%2e', '%2E%2e', '.%2e', '../..', `../${own.item}/..`, `${other.item}/.`]) {
            answers.push(verdict(await send(route.method, route, dots)));
          }
        }
        return alike(answers);
      }),
    'id-of-another-kind': () =>
      unchanged(async () => {
        const { own } = await things();
        const answers: string[] = [];
        for (const route of WITH_ID) {
          for (const [kind, id] of Object.entries(own) as [keyof Things, string][]) {
            // Completed again, an upload answers with its document, whichever way that came.
            const completes = route.name === 'completeUpload' && kind === 'document';
            if (kind === kindOf(route)) continue;
            const answer = await send(route.method, route, id);
            if (completes) expect(answer.text('id')).toBe(id);
            else answers.push(verdict(answer));
          }
        }
        return alike(answers);
      }),
    'id-other-methods': () =>
      unchanged(async () => {
        const { other } = await things();
        const answers: string[] = [];
        for (const route of WITH_ID) {
          for (const method of ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND']) {
            const nothing = await send(method, route, UNKNOWN_ID);
            const answer = await send(method, route, other[kindOf(route)]);
            expect(plain(answer)).toEqual(plain(nothing));
            answers.push(String(answer.status));
          }
        }
        return alike(answers);
      }),
    'id-in-a-body': () =>
      unchanged(async () => {
        const { own, other } = await things();
        const answers: string[] = [];
        const template = 'personal-data-record';
        for (const form of [(id: string) => id, (id: string) => [id], (id: string) => [own.item, id]]) {
          const make = (id: string) =>
            call('POST /v1/documents', { token: mine.token, body: { template, inputs: { items: form(id) } } });
          const nothing = plain(await make(UNKNOWN_ID));
          for (const id of Object.values(other) as string[]) {
            const answer = await make(id);
            expect(plain(answer)).toEqual(nothing);
            answers.push(verdict(answer));
          }
        }
        return alike(answers);
      }),
  };
}

/** What a route's path names. */
function kindOf({ path }: Pick<Route, 'path'>): keyof Things {
  const [, kind] = /\{(item|document|upload|session)Id\}/.exec(path) ?? [];
  if (kind === undefined) throw new Error(`${path} names a thing that is not among ours`);
  return kind as keyof Things;
}

function percentEncoded(id: string): string {
  return id.replace(/./g, (char) => `%${char.charCodeAt(0).toString(16)}`);
}

/** An answer without what names its request or tells the time. */
function plain({ status, headers, body }: Answer) {
  const named = Object.fromEntries(headers);
  const { 'x-request-id': _id, date: _date, ...rest } = named;
  const said = typeof body === 'object' && body !== null ? { ...body, requestId: '' } : body;
  return { status, headers: rest, body: JSON.stringify(said) };
}
