import type { Operation } from './document.ts';
import { jsonOf, type Sending } from './sending.ts';
import { type Tools, validRequest } from './valid.ts';
import { KINDS } from './world.ts';

type Step = (tools: Tools, sending: Sending) => Sending | null;

/** One step away from a valid request. Whether it is one too many the document tells, or `expected`. */
export function nearlyValid(tools: Tools, operation: Operation): Sending {
  const valid = validRequest(tools, operation);
  for (const step of tools.random.shuffled(NEARLY)) {
    const changed = step(tools, valid);
    if (changed !== null) return { ...changed, class: 'nearly' };
  }
  throw new Error('no step applies');
}

/** What no client means. */
export function hostile(tools: Tools, operation: Operation): Sending {
  const valid = validRequest(tools, operation);
  for (const step of tools.random.shuffled(HOSTILE)) {
    const changed = step(tools, valid);
    if (changed !== null) return { ...changed, class: 'hostile' };
  }
  throw new Error('no step applies');
}

const fieldsOf = (sending: Sending): Record<string, unknown> | null => {
  const value = /json/.test(sending.headers['content-type'] ?? '') ? jsonOf(sending.body) : null;
  return typeof value === 'object' ? (value as Record<string, unknown> | null) : null;
};
const withJson = (sending: Sending, value: unknown): Sending => ({
  ...sending,
  body: Buffer.from(JSON.stringify(value)),
});

/** A copy with one of its values, however deep, changed by name and value. */
function changedWithin(tools: Tools, value: unknown, change: (value: unknown) => unknown): unknown {
  const { random } = tools;
  const isTree = typeof value === 'object' && value !== null && Object.keys(value).length > 0;
  if (!isTree || random.chance(0.2)) return change(value);
  const name = random.pick(Object.keys(value));
  const inner = (value as Record<string, unknown>)[name];
  if (Array.isArray(value))
    return value.map((one: unknown, place) => (String(place) === name ? changedWithin(tools, one, change) : one));
  return { ...value, [name]: changedWithin(tools, inner, change) };
}

const byFields =
  (change: (tools: Tools, fields: Record<string, unknown>, sending: Sending) => unknown): Step =>
  (tools, sending) => {
    const fields = fieldsOf(sending);
    return fields === null ? null : withJson(sending, change(tools, fields, sending));
  };

const missing = byFields(({ random }, fields) => {
  const left = random.pick([...Object.keys(fields), '']);
  return Object.fromEntries(Object.entries(fields).filter(([name]) => name !== left));
});
const extra = byFields((tools, fields) =>
  changedWithin(tools, fields, (value) =>
    typeof value === 'object' && !Array.isArray(value)
      ? { ...value, [tools.random.pick(['extra', 'cvv', 'id', 'version'])]: tools.maker.anything(1) }
      : value,
  ),
);
const wrongType = byFields((tools, fields) => changedWithin(tools, fields, () => tools.maker.anything(1)));
const outOfBounds = byFields((tools, fields) =>
  changedWithin(tools, fields, (value) => {
    const { random } = tools;
    if (typeof value === 'number') return random.pick([0, -1, value + 0.5, 1e9, 2 ** 60]);
    if (typeof value === 'string')
      return random.pick([
        '',
        value.repeat(300).slice(0, 70_000),
        `${value}\u0007`,
        value.toUpperCase(),
        value.slice(1),
        ` ${value}`,
      ]);
    return Array.isArray(value) ? random.pick([[], Array.from({ length: 60 }, () => value[0] as unknown)]) : [];
  }),
);
/** By its schema alone, the odd and the extreme included: what else it means nobody asked. */
const schemaOnly: Step = ({ random, maker }, sending) => {
  const schema = sending.operation?.body?.['application/json'];
  const known = fieldsOf(sending);
  if (schema === undefined || known === null) return null;
  const made = maker.make(schema, true) as Record<string, unknown>;
  // Else nothing comes of it but a wrong password.
  const kept = ['password', 'passwordKind', 'currentPassword', 'currentPasswordKind', 'template'].filter(
    (name) => name in known && name in made && random.chance(0.7),
  );
  const fields = Object.fromEntries(kept.map((name) => [name, known[name]]));
  return withJson(sending, { ...made, ...fields });
};

const parameter: Step = ({ random, maker }, sending) => {
  const {
    name,
    in: place,
    schema,
  } = random.pick(
    (sending.operation?.parameters ?? [])
      .filter((one) => one.in !== 'path')
      .concat({ name: 'unknown', in: 'query', required: false, schema: {} }),
  );
  const wrong = random.pick([
    '',
    '0',
    '-1',
    '101',
    '1.5',
    'TRUE',
    'x'.repeat(7000),
    '2026-13-01T00:00:00Z',
    '2026-01-01T00:00:00+01:00',
    `"${random.mark()}"`,
    '%',
    '%ff',
    random.mark(),
    String(maker.make(schema, true)),
  ]);
  if (place === 'header')
    return { ...sending, headers: { ...sending.headers, [name]: wrong.replace(/[^\x20-\x7e]/gu, '?') } };
  const others = sending.query.filter(([key]) => key !== name);
  return { ...sending, query: [...others, [name, wrong], ...(random.chance(0.1) ? [[name, wrong] as const] : [])] };
};
const withoutHeader: Step = ({ random }, sending) => {
  const name = random.pick(Object.keys(sending.headers));
  return { ...sending, headers: Object.fromEntries(Object.entries(sending.headers).filter(([key]) => key !== name)) };
};
/** An id that is no more, or never was, or is another account's: it answers as if it never had been. */
const otherId: Step = ({ random, world }, sending) => {
  const { account, params } = sending;
  const names = KINDS.filter((name) => name in params);
  if (names.length === 0 || account === null) return null;
  const name = random.pick(names);
  const others = world.accounts
    .filter((one) => one !== account)
    .flatMap((one) => [...world.idsOf(one, name), ...one.gone[name]]);
  const gone = [...account.gone[name]];
  const id = random.pick([
    ...others.slice(-5),
    ...gone.slice(-10),
    ...gone.slice(-10),
    '01ARZ3NDEKTSV4RRFFQ69G5FAV',
    'x',
    random.mark(),
  ]);
  // An upload that was completed is a document; its completion answers with that.
  const isMade = sending.operation?.id === 'completeUpload' && account.documents.has(id);
  return { ...sending, params: { ...params, [name]: id }, expected: isMade ? [201] : [404] };
};
const otherToken: Step = ({ random, world }, sending) => {
  if (sending.operation?.open !== false) return null;
  const dead = world.accounts.flatMap(({ deadTokens }) => deadTokens).slice(-20);
  const { token } = sending;
  const swapped = `${token?.slice(0, -3) ?? ''}${random.pick(['AAA', 'zzE', ''])}`;
  return { ...sending, token: random.pick([null, swapped, random.mark(), ...dead]), expected: [401] };
};
const contentType: Step = ({ random }, sending) => {
  if (sending.body === null) return null;
  const types = [
    'text/plain',
    'application/x-www-form-urlencoded',
    'application/json; charset=iso-8859-1',
    'application/pdf',
    'application/json',
    '',
  ];
  return { ...sending, headers: { ...sending.headers, 'content-type': random.pick(types) } };
};
const usedKey: Step = (_, sending) => {
  const key = sending.account?.keys.get(sending.operation?.id ?? '');
  return key === undefined ? null : { ...sending, headers: { ...sending.headers, 'idempotency-key': key } };
};
const brokenPdf: Step = ({ random }, sending) => {
  if (sending.headers['content-type'] !== 'application/pdf') return null;
  return { ...sending, body: random.pick([Buffer.alloc(0), Buffer.from(random.mark())]) };
};
const manyBytes: Step = ({ random }, sending) => {
  // Short enough in characters, too long in bytes.
  const fields = fieldsOf(sending);
  const schema = sending.operation?.body?.['application/json'];
  if (fields === null || schema === undefined) return null;
  const name = random.pick(
    ['password', 'currentPassword', 'newPassword', 'data'].filter((one) => one in fields).concat('none'),
  );
  if (name === 'none' || (name === 'data' && !('type' in fields))) return null;
  const value =
    name === 'data'
      ? { text: 'ü'.repeat(40_000) }
      : 'ü'.repeat(sending.operation?.id === 'generateDocument' ? 100 : 600);
  return withJson(sending, { ...fields, ...(name === 'data' ? { type: 'note' } : {}), [name]: value });
};

const NEARLY: readonly Step[] = [
  missing,
  extra,
  wrongType,
  outOfBounds,
  schemaOnly,
  schemaOnly,
  parameter,
  withoutHeader,
  otherId,
  otherToken,
  contentType,
  usedKey,
  brokenPdf,
  manyBytes,
];

const raw: Step = ({ random, maker }, sending) => {
  if (sending.operation?.body === null && random.chance(0.8)) return null;
  const text = sending.body?.toString() ?? '{}';
  const deep = random.pick([33, 5000, 60_000]);
  const bodies = [
    () => Buffer.from(JSON.stringify(maker.anything())),
    () => Buffer.from(Array.from({ length: random.between(1, 400) }, () => random.between(0, 255))),
    () => Buffer.from(text.slice(0, random.between(0, text.length))),
    () => Buffer.from('['.repeat(deep) + ']'.repeat(deep)),
    () =>
      Buffer.from(
        `${text.slice(0, -1)}${text.length > 2 ? ',' : ''}"deep":${'{"a":'.repeat(deep)}1${'}'.repeat(deep)}}`,
      ),
    () => Buffer.from(text.replace('{', `{"${random.pick(['__proto__', 'constructor', 'prototype'])}":{"a":1},`)),
    () => Buffer.from(text.replace(/^\{("[^"]+"):/, '{$1:null,$1:')),
    () => Buffer.from(`\ufeff${text}`),
    () => Buffer.concat([Buffer.from(text.slice(0, -2)), Buffer.from([0xc3, 0x28, 0xff]), Buffer.from(text.slice(-2))]),
    () => Buffer.from(`{"a":"${'x'.repeat(270_000)}"}`),
    () => Buffer.from(`{${Array.from({ length: 3000 }, (_, n) => `"${random.mark()}${n}":1`).join()}}`),
    () => Buffer.from(text.replace(/"[^"]*"(?=[,}])/, JSON.stringify(maker.horror()))),
    () =>
      Buffer.from(
        text.replace(
          /:(?:\d+|true|"[^"]*")/,
          `:${random.pick(['1e999', '-0', '9'.repeat(400), 'NaN', '"\\ud800"', '"\\u0000"'])}`,
        ),
      ),
    () => Buffer.alloc(random.chance(0.1) ? 5 * 1024 * 1024 : 300_000, 'y'),
  ];
  const headers = { 'content-type': 'application/json', ...sending.headers };
  return { ...sending, headers, body: random.pick(bodies)() };
};
const noise: Step = ({ random, maker }, sending) => {
  const names = [
    'x-forwarded-for',
    'x-http-method-override',
    'accept',
    'accept-encoding',
    'range',
    'if-match',
    'if-none-match',
    'origin',
    'cookie',
    'forwarded',
    'user-agent',
    'if-modified-since',
    'x-amzn-trace-id',
    'idempotency-key',
    'x-document-title',
    'x-vault-revision-seen',
  ];
  const values = [
    random.mark(),
    '*',
    'x'.repeat(2500),
    '"',
    'bytes=0-,5-',
    '\u00ff\u00fe',
    'DELETE',
    '0',
    '99999999999999999999',
  ];
  const headers = Object.fromEntries(
    random
      .shuffled(names)
      .slice(0, 4)
      .map((name) => [name, random.pick(values)]),
  );
  const pairs = [
    ['__proto__', 'x'],
    ['a[b]', maker.horror()],
    ['limit', '1'],
    ['limit', '2'],
    ['', ''],
    [maker.horror(), maker.horror()],
    ['cursor', 'A'.repeat(5000)],
  ] as const;
  return {
    ...sending,
    headers: { ...sending.headers, ...headers },
    query: random.chance(0.5) ? random.shuffled(pairs).slice(0, 3) : sending.query,
  };
};
const otherMethod: Step = ({ random }, sending) => {
  const method = random.pick(
    ['HEAD', 'OPTIONS', 'PATCH', 'PUT', 'DELETE', 'POST', 'PROPFIND', 'GET'].filter((one) => one !== sending.method),
  );
  const isHead = method === 'HEAD' && sending.method === 'GET';
  const operation = isHead ? sending.operation : null;
  // Another method of the path may be an operation: with this body it is of no class, so it goes without a session.
  const token = isHead ? sending.token : null;
  const path = (sending.operation?.path ?? '').replace(/\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent(sending.params[name] ?? ''),
  );
  const changed = { ...sending, method, operation, token, rawPath: path };
  return isHead ? changed : { ...changed, body: null, headers: {}, query: [], expected: [204, 401, 404, 405, 415] };
};
const otherPath: Step = ({ random }, sending) => {
  const path = (sending.operation?.path ?? '').replace(/\{\w+\}/g, 'x');
  const rawPath = random.pick([
    `${path}/`,
    path.replace('/v1', '/v2'),
    path.replace('/v1/', '/v1//'),
    `${path}/${random.mark()}/x/y`,
    path.toUpperCase(),
    `${path}%00`,
    `${path}/..%2f..%2fv1%2fhealth`,
    `${path};a=b`,
    `/%ff${path}`,
    '/',
  ]);
  return { ...sending, operation: null, token: null, rawPath, expected: [401, 404, 405] };
};

const HOSTILE: readonly Step[] = [raw, raw, raw, noise, noise, otherMethod, otherPath];
