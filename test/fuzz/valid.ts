import type { Contract, Operation, Schema } from './document.ts';
import type { Random } from './random.ts';
import { jsonOf, type Sending } from './sending.ts';
import type { Maker } from './values.ts';
import type { Account, Kind, Session, World } from './world.ts';

export interface Tools {
  readonly contract: Contract;
  readonly random: Random;
  readonly maker: Maker;
  readonly world: World;
}

type Fields = Record<string, unknown>;

/** Accounts that are used at a time. */
const ACCOUNTS = 3;
const DAY_MS = 86_400_000;

/** An operation that must be answered first: what another needs is not there yet. */
class Needs {
  readonly id: string;

  constructor(id: string) {
    this.id = id;
  }
}

/**
 * A request that the document and the state allow: of this operation, or of one that makes what it needs.
 *
 * @throws Error where needs go in a circle
 */
export function validRequest(tools: Tools, operation: Operation, account?: Account): Sending {
  let wanted = operation;
  for (let steps = 0; steps < 8; steps++) {
    const made = attempt(tools, wanted, account);
    if (!(made instanceof Needs)) return made;
    wanted = operationOf(tools.contract, made.id);
  }
  throw new Error(`${operation.id} needs what ${wanted.id} does not give`);
}

export function operationOf({ operations }: Contract, id: string): Operation {
  const found = operations.find((one) => one.id === id);
  if (found === undefined) throw new Error(`the document has no operation ${id}`);
  return found;
}

function attempt(tools: Tools, operation: Operation, given?: Account): Sending | Needs {
  const { random, world } = tools;
  const living = world.living.slice(-ACCOUNTS);
  if (operation.id === 'registerAccount') return finished(tools, operation, null, null);
  if (living.length < ACCOUNTS && given === undefined) return new Needs('registerAccount');
  const account = given ?? random.pick(living);
  if (operation.open) return finished(tools, operation, account, null);
  const sessions = world.liveSessions(account);
  if (sessions.length === 0) return finished(tools, operationOf(tools.contract, 'signIn'), account, null);
  return finished(tools, operation, account, random.pick(sessions));
}

function finished(
  tools: Tools,
  operation: Operation,
  account: Account | null,
  session: Session | null,
): Sending | Needs {
  const { random, maker, world, contract } = tools;
  const params: Record<string, string> = {};
  const query: [string, string][] = [];
  const headers: Record<string, string> = { 'user-agent': `fuzz ${random.mark()}` };
  for (const { name, in: place, schema } of operation.parameters) {
    if (place === 'path') {
      const value = account === null ? null : idFor(tools, name, operation, account, session, params);
      if (value === null) return new Needs(operation.id === 'completeUpload' ? 'putUploadPart' : (MAKERS[name] ?? ''));
      params[name] = value;
    } else if (random.chance(0.4)) {
      const value = PARAMETERS[name]?.(account, operation, tools) ?? maker.make(schema);
      if (value !== '') (place === 'query' ? query : []).push([name, String(value)]);
      if (value !== '' && place === 'header') headers[name] = String(value);
    }
  }
  if (operation.id === 'exportAccount' && session !== null && !world.isFresh(session))
    return new Needs('reauthenticate');
  if (operation.id === 'replaceItem')
    headers['if-match'] = `"${account?.items.get(params['itemId'] ?? '')?.version ?? 0}"`;

  let body: Buffer | null = null;
  const schema = operation.body?.['application/json'];
  const takesPdf = operation.body !== null && Object.hasOwn(operation.body, 'application/pdf');
  if (takesPdf && (schema === undefined || random.chance(0.3))) {
    headers['content-type'] = 'application/pdf';
    body = Buffer.from(`%PDF-1.4\n% ${random.mark()}\n${'x'.repeat(random.between(0, 3000))}\n%%EOF\n`);
  } else if (schema !== undefined) {
    const made = fieldsOf(tools, operation, account, params);
    if (made instanceof Needs) return made;
    headers['content-type'] = 'application/json';
    body = Buffer.from(JSON.stringify(made));
    // It is of a PDF that is sent.
    const place = query.findIndex(([name]) => name === 'retentionDays');
    if (place >= 0) query.splice(place, 1);
  }
  const token = session?.token ?? null;
  const { method } = operation;
  const sending: Sending = { operation, class: 'valid', method, params, query, headers, body, account, session, token };
  const value =
    schema === undefined || body === null || headers['content-type'] === 'application/pdf' ? {} : jsonOf(body);
  if (
    schema !== undefined &&
    value !== undefined &&
    Object.keys(value as Fields).length > 0 &&
    !contract.accepts(schema, value)
  ) {
    throw new Error(`the generator's own ${operation.id} breaks its schema: ${JSON.stringify(value)}`);
  }
  return sending;
}

/** What makes the id that a path names. */
const MAKERS: Readonly<Record<string, string>> = {
  itemId: 'createItem',
  documentId: 'generateDocument',
  uploadId: 'beginUpload',
  sessionId: 'signIn',
};

function idFor(
  { random, world, maker }: Tools,
  name: string,
  { id, parameters }: Operation,
  account: Account,
  session: Session | null,
  params: Readonly<Record<string, string>>,
): string | null {
  if (name === 'part') {
    const { schema = {} } = parameters.find((one) => one.name === name) ?? {};
    const next = (account.uploads.get(params['uploadId'] ?? '')?.size ?? 0) + 1;
    return String(random.chance(0.8) ? next : maker.make(schema));
  }
  // Each part that a valid request sends is a PDF by itself.
  const isWhole = (parts: ReadonlyMap<number, Buffer>) =>
    parts.size > 0 &&
    [...parts].every(([number, part]) => number <= parts.size && /^%PDF-1.4[^]*%%EOF\n$/.test(part.toString('latin1')));
  const ids = world
    .idsOf(account, name as Kind)
    .filter(
      (one) => one !== session?.id && (id !== 'completeUpload' || isWhole(account.uploads.get(one) ?? new Map())),
    );
  return ids.length === 0 ? null : random.pick(ids);
}

/** Values that only the state knows, by a parameter's name; '' where it has none. */
const PARAMETERS: Readonly<Record<string, (account: Account | null, operation: Operation, tools: Tools) => string>> = {
  cursor: (account, { id }) => account?.cursors.get(id) ?? '',
  part: () => '1',
  template: (_, __, { world, random }) =>
    world.templates.length === 0 ? '' : String((random.pick(world.templates) as Fields)['id']),
  'idempotency-key': (_, __, { random }) => random.mark(),
  'if-match': () => '',
  'if-none-match': (account, _, { random }) =>
    random.pick([`"${random.mark()}"`, [...(account?.documents.values() ?? [])].at(-1)?.etag ?? '']),
  'if-range': (account, _, { random }) =>
    random.pick([`"${random.mark()}"`, [...(account?.documents.values() ?? [])].at(-1)?.etag ?? '']),
  range: (_, __, { random }) => random.pick(['bytes=0-9', 'bytes=5-', 'bytes=-7', 'bytes=0-0,2-3', 'lines=1-2']),
  'x-document-title': (_, __, { random }) => encodeURIComponent(random.pick([random.mark(), `${random.mark()} ü 漢`])),
  'x-vault-revision-seen': (account) => String(account?.revision ?? 0),
};

/** A body by its schema, with what only the state knows, and with the check digits that no schema tells. */
function fieldsOf(
  tools: Tools,
  operation: Operation,
  account: Account | null,
  params: Record<string, string>,
): Fields | Needs {
  const { random, maker, world } = tools;
  const fields = maker.make(operation.body?.['application/json'] ?? {}) as Fields;
  if ('cursor' in fields) {
    const cursor = account?.cursors.get(operation.id);
    if (cursor === undefined) delete fields['cursor'];
    else fields['cursor'] = cursor;
  }
  if (account !== null && operation.id !== 'generateDocument') {
    if ('email' in fields && operation.id !== 'changeEmail') fields['email'] = account.email;
    proveBy(account, operation.id, fields);
  }
  if ('newPassword' in fields) fields['newPassword'] = newPassword(random, fields['passwordKind']);
  switch (operation.id) {
    case 'registerAccount':
      return { ...fields, password: newPassword(random, fields['passwordKind']) };
    case 'recoverAccount':
      return account?.recoveryCode === null
        ? new Needs('createRecoveryCode')
        : { ...fields, recoveryCode: account?.recoveryCode };
    case 'createItem':
      return { ...fields, data: corrected(random, String(fields['type']), fields['data'] as Fields) };
    case 'replaceItem': {
      if (world.itemTypes.length === 0) return new Needs('listItemTypes');
      const type = account?.items.get(params['itemId'] ?? '')?.type ?? '';
      const { schema } = (world.itemTypes as { type: string; schema: Schema }[]).find((one) => one.type === type) ?? {
        schema: {},
      };
      return { ...fields, data: corrected(random, type, maker.make(schema) as Fields) };
    }
    case 'shortenDocument': {
      const { expiresAt = 0 } = account?.documents.get(params['documentId'] ?? '') ?? {};
      return { expiresAt: new Date(Math.min(expiresAt, world.clock() + random.between(1, 90) * DAY_MS)).toISOString() };
    }
    case 'completeUpload':
      return { parts: account?.uploads.get(params['uploadId'] ?? '')?.size };
    case 'generateDocument':
      return documentOf(tools, fields, account);
    default:
      return fields;
  }
}

/** Gives fields the account's password and its kind; `passwordKind` is the new one's where that may be of another kind. */
function proveBy({ password, passwordKind }: Account, id: string, fields: Fields): void {
  if ('currentPassword' in fields) {
    fields['currentPassword'] = password;
    delete fields['currentPasswordKind'];
    if (passwordKind !== undefined) fields['currentPasswordKind'] = passwordKind;
    return;
  }
  if (id === 'registerAccount' || id === 'recoverAccount') return;
  delete fields['passwordKind'];
  delete fields['newPassword'];
  if (!('password' in fields)) return;
  fields['password'] = password;
  if (passwordKind === undefined) return;
  fields['passwordKind'] = passwordKind;
  // It is derived under the e-mail.
  if (id === 'changeEmail') fields['newPassword'] = '';
}

/** A document of a template that the service lists, of items that the account has. */
function documentOf({ random, maker, world }: Tools, fields: Fields, account: Account | null): Fields | Needs {
  interface Template {
    readonly id: string;
    readonly inputs: readonly { name: string; itemTypes: readonly string[]; many: boolean; required: boolean }[];
    readonly fields: Schema;
  }
  if (world.templates.length === 0) return new Needs('listTemplates');
  const items = [...(account?.items ?? [])];
  const able = (world.templates as Template[]).flatMap((template) => {
    const inputs: Fields = {};
    for (const { name, itemTypes, many, required } of template.inputs) {
      const fit = items.filter(([, { type }]) => itemTypes.includes(type)).map(([id]) => id);
      if (fit.length === 0 && required) return [];
      if (fit.length > 0 && (required || random.chance(0.5)))
        inputs[name] = many ? random.shuffled(fit).slice(0, 5) : random.pick(fit);
    }
    return [{ template, inputs }];
  });
  if (able.length === 0) return new Needs('createItem');
  const { template, inputs } = random.pick(able);
  const made = maker.make(template.fields) as Fields;
  const creditor = made['creditor'] as Fields | undefined;
  if (creditor !== undefined) creditor['identifier'] = `DE${checkDigits('DE', '09999999999')}ZZZ09999999999`;
  const { password, title } = fields;
  return {
    template: template.id,
    inputs,
    fields: made,
    ...(title === undefined ? {} : { title }),
    ...(password === undefined ? {} : { password: random.mark() }),
    ...('retentionDays' in fields ? { retentionDays: fields['retentionDays'] } : {}),
  };
}

/** Data of an item with an address, a number and a text that pass beyond the schema. */
function corrected(random: Random, type: string, data: Fields): Fields {
  if (type === 'bank-account') {
    const account = Array.from({ length: 18 }, () => random.between(0, 9)).join('');
    return { ...data, iban: `DE${checkDigits('DE', account)}${account}` };
  }
  if (type === 'payment-card') return { ...data, number: cardNumber(random) };
  return data;
}

/** ISO 7064, MOD 97-10. */
function checkDigits(country: string, rest: string): string {
  const letters = Array.from(country)
    .map((letter) => String(letter.charCodeAt(0) - 55))
    .join('');
  return String(98n - (BigInt(`${rest}${letters}00`) % 97n)).padStart(2, '0');
}

/** The digit that Luhn's sum wants at the end is the one that passes. */
function cardNumber(random: Random): string {
  const digits = [4, ...Array.from({ length: 14 }, () => random.between(0, 9))];
  const sum = digits.reduce((total, digit, place) => {
    const doubled = place % 2 === 0 ? digit * 2 : digit;
    return total + (doubled > 9 ? doubled - 9 : doubled);
  }, 0);
  return [...digits, (10 - (sum % 10)) % 10].join('');
}

/** As it is typed, or as a client stretches one: base64url of 32 bytes. */
function newPassword(random: Random, kind: unknown): string {
  if (kind === undefined) return `${random.mark()} sea`;
  return Buffer.from(`${random.mark()}${random.mark()}xxxx`).toString('base64url');
}
