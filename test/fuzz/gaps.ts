import { jsonOf, type Sending } from './sending.ts';
import { operationOf, type Tools, validRequest } from './valid.ts';

/** What a problem says. */
export interface Problem {
  readonly status: number;
  readonly code: string;
  readonly errors?: readonly { readonly path: string; readonly message: string }[];
}

/** A rule that the service has and the OpenAPI document can't express. */
export interface Gap {
  readonly rule: string;
  readonly reason: string;
  /** Whether the rule is why a request that passes its schemas was refused. */
  explains(problem: Problem, sending: Sending): boolean;
  /** The call of the example. */
  readonly call: string;
  /** A request that the document allows and that the rule refuses; null while something must be asked for first. */
  example(tools: Tools): Sending | null;
}

/** A valid request of a call, changed: these fields of its JSON, and these of its parts. */
function example(id: string, fields: object | null, parts: Partial<Sending> = {}): Pick<Gap, 'call' | 'example'> {
  const make: Gap['example'] = (tools) => {
    const sending = validRequest(tools, operationOf(tools.contract, id));
    if (sending.operation?.id !== id) return null;
    const headers = { ...sending.headers, ...parts.headers };
    if (fields === null) return { ...sending, ...parts, headers, class: 'nearly' };
    const known = isJson(sending) ? jsonOf(sending.body) : {};
    const body = Buffer.from(JSON.stringify({ ...(known as object), ...fields }));
    return {
      ...sending,
      ...parts,
      headers: { ...headers, 'content-type': JSON_TYPE, ...parts.headers },
      body,
      class: 'nearly',
    };
  };
  return { call: id, example: make };
}

const JSON_TYPE = 'application/json';
const PDF = { 'content-type': 'application/pdf' };
const LETTER = { template: 'letter', inputs: {}, fields: {} };

/** Whether all that is wrong stands at such places, of such calls. */
function at(paths: RegExp, calls = /./): Gap['explains'] {
  return ({ code, errors = [] }, { operation }) =>
    code === 'invalid_request' &&
    calls.test(operation?.id ?? '') &&
    errors.length > 0 &&
    errors.every(({ path }) => paths.test(path));
}

const coded =
  (...codes: readonly string[]): Gap['explains'] =>
  ({ code }) =>
    codes.includes(code);

const isJson = ({ headers }: Sending) => /json/.test(headers['content-type'] ?? '');

/** The first that explains is the one that counts. Each must be met in a run, else it is no gap any more. */
export const GAPS: readonly Gap[] = [
  {
    rule: 'A body of at most 256 KiB, or 4 MiB of PDF',
    ...example('searchItems', null, {
      headers: { 'content-type': JSON_TYPE },
      body: Buffer.from(`{${' '.repeat(2 ** 18)}}`),
    }),
    reason: 'JSON Schema counts no bytes.',
    explains: coded('payload_too_large'),
  },
  {
    rule: 'JSON in UTF-8 by name too',
    ...example('createItem', {}, { headers: { 'content-type': `${JSON_TYPE}; charset=utf-16` } }),
    reason: 'OpenAPI gives media types no parameters.',
    explains: ({ code }, { headers }) =>
      code === 'unsupported_media_type' && /charset/.test(headers['content-type'] ?? ''),
  },
  {
    rule: 'I-JSON: no name twice, none that pollutes, 32 levels',
    ...example('searchItems', null, {
      headers: { 'content-type': JSON_TYPE },
      body: Buffer.from('{"limit":1,"limit":2}'),
    }),
    reason: 'A schema sees what was parsed, not how it was written.',
    explains: ({ code, errors = [] }, sending) =>
      code === 'invalid_request' &&
      isJson(sending) &&
      errors.length > 0 &&
      errors.every(({ message }) => /more than once|not allowed|levels deep/.test(message)),
  },
  {
    rule: 'Query parameters: none that is unknown, none twice',
    ...example('getItem', null, { query: [['unknown', '1']] }),
    reason: 'OpenAPI describes each parameter, not their set.',
    explains: ({ code, errors = [] }, { query }) =>
      code === 'invalid_request' &&
      query.length > 0 &&
      errors.every(({ message }) => /unknown field|more than once/.test(message)),
  },
  {
    rule: 'A new password that is long and uncommon enough',
    ...example('registerAccount', { password: 'password', passwordKind: undefined }),
    reason: 'Its strength is judged by a dictionary, its length after normalising.',
    explains: coded('password_too_weak'),
  },
  {
    rule: 'A password of at most 1,024 bytes, without controls and lone surrogates',
    ...example('registerAccount', { password: 'ü'.repeat(600), passwordKind: undefined }),
    reason: 'JSON Schema counts characters; the rule of form is in its description.',
    explains: at(/^\/(?:password|currentPassword|newPassword)$/, /^(?!generateDocument)/),
  },
  {
    rule: 'An open password that every reader of PDFs takes alike',
    ...example('generateDocument', { ...LETTER, password: '\u00ad'.repeat(9) }),
    reason: 'It compares two normal forms.',
    explains: at(/^\/password$/, /^generateDocument$/),
  },
  {
    rule: 'An e-mail address with a domain, unquoted',
    ...example('changeEmail', { email: 'nobody@localhost' }),
    reason: 'idn-email (RFC 6531) takes more than any account is found by.',
    explains: at(/^\/(?:email|data\/address)$/),
  },
  {
    rule: 'The check digits of an IBAN',
    ...example('createItem', { type: 'bank-account', data: { iban: 'DE00000000000000000000' } }),
    reason: 'Arithmetic.',
    explains: at(/^\/data\/iban$/),
  },
  {
    rule: 'The check digit of a card',
    ...example('createItem', { type: 'payment-card', data: { number: '4000000000000000' } }),
    reason: 'Arithmetic.',
    explains: (problem, sending) => {
      const { type } = (jsonOf(sending.body) ?? {}) as { type?: unknown };
      return type === 'payment-card' && at(/^\/data\/number$/)(problem, sending);
    },
  },
  {
    rule: 'A note of at most 65,536 bytes',
    ...example('createItem', { type: 'note', data: { text: 'ü'.repeat(40_000) } }),
    reason: 'JSON Schema counts characters.',
    explains: at(/^\/data\/text$/),
  },
  {
    rule: 'The data that an item’s type demands',
    ...example('replaceItem', { data: {} }),
    reason: 'Its type is in the vault; GET /v1/item-types has the schemas.',
    explains: at(/^\/data(?:\/|$)/, /^replaceItem$/),
  },
  {
    rule: 'A cursor of this list and account',
    ...example('listItems', null, { query: [['cursor', 'A']] }),
    reason: 'It is sealed.',
    explains: at(/^\/cursor$/),
  },
  {
    rule: 'What a template asks for',
    ...example('generateDocument', LETTER),
    reason: 'GET /v1/templates has the templates, and schemas of their fields.',
    explains: at(/^\/(?:template|inputs|fields)(?:\/|$)/, /^generateDocument$/),
  },
  {
    rule: 'Texts in scripts that the fonts have',
    ...example('generateDocument', { title: 'Title \u{10380}' }),
    reason: 'It lies in the fonts.',
    explains: coded('unsupported_script'),
  },
  {
    rule: 'retentionDays beside a PDF, not beside JSON',
    ...example('generateDocument', LETTER, { query: [['retentionDays', '1']] }),
    reason: 'A parameter does not depend on the body’s type.',
    explains: (problem, sending) => isJson(sending) && at(/^\/retentionDays$/, /^generateDocument$/)(problem, sending),
  },
  {
    rule: 'A title that is percent-encoded UTF-8, and one line',
    ...example('generateDocument', null, {
      headers: { ...PDF, 'x-document-title': '%ff' },
      body: Buffer.from('%PDF-1.4 %%EOF'),
    }),
    reason: 'A schema does not decode.',
    explains: at(/^\/x-document-title$/),
  },
  {
    rule: 'An end that lies ahead, and is no later',
    ...example('shortenDocument', { expiresAt: '2000-01-01T00:00:00Z' }),
    reason: 'It depends on the document.',
    explains: at(/^\/expiresAt$/),
  },
  {
    rule: 'A part that the export has',
    ...example('exportAccount', null, { query: [['part', '9']] }),
    reason: 'It depends on the vault.',
    explains: at(/^\/part$/, /^exportAccount$/),
  },
  {
    rule: 'The checksum of what came',
    ...example('completeUpload', { sha256: 'a'.repeat(64) }),
    reason: 'It depends on what came.',
    explains: at(/^\/sha256$/, /^completeUpload$/),
  },
  {
    rule: 'A body that is a PDF',
    ...example('generateDocument', null, { headers: PDF, query: [], body: Buffer.from('%PDF') }),
    reason: 'A binary body has no schema.',
    explains: coded('not_a_pdf'),
  },
  {
    rule: 'A part that is not empty',
    ...example('putUploadPart', null, { body: Buffer.alloc(0) }),
    reason: 'A binary body has no schema.',
    explains: at(/^$/, /^putUploadPart$/),
  },
  {
    rule: 'An idempotency key for one request',
    call: 'createItem',
    example: (tools) => {
      const account = tools.world.living.find(({ keys }) => keys.has('createItem'));
      const key = account?.keys.get('createItem');
      if (account === undefined || key === undefined) return null;
      const sending = validRequest(tools, operationOf(tools.contract, 'createItem'), account);
      if (sending.operation?.id !== 'createItem') return null;
      return { ...sending, headers: { ...sending.headers, 'idempotency-key': key }, class: 'nearly' };
    },
    reason: 'It depends on earlier requests.',
    explains: coded('idempotency_key_reused'),
  },
];
