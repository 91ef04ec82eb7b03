import { isDeepStrictEqual } from 'node:util';
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { DecryptCommand, EncryptCommand } from '@aws-sdk/client-kms';
import { expect } from '@jest/globals';
import { createPasswordHasher } from '../../lambda/adapters/system/password-hasher.ts';
import { encryptionContext, type WrapContext } from '../../lambda/crypto/context.ts';
import { type Answer, PASSWORD, type Send, verdict } from '../fixtures/app.ts';
import { partsOf } from '../usecases/upload-support.ts';
import { type Attacked, keyOf, type Member, type RawKey, type RawRow, startAttacked } from './service.ts';

/** What an account of a {@link Stage} holds. */
export interface Holder extends Member {
  readonly recoveryCode: string;
  /** Made with {@link KEY}. */
  readonly person: string;
  readonly note: string;
  /** Sent in two parts, of one chunk and of four. */
  readonly document: string;
  /** Sent whole. */
  readonly spare: string;
  /** What the document's reader gets. */
  readonly pdf: Buffer;
  /** Not complete yet; both of its parts have come. */
  readonly upload: string;
  /** Names of the document's objects, part by part. */
  readonly objects: readonly string[];
}

/** Two accounts with one of everything, and a cloud to do with as one likes. */
export interface Stage extends Attacked {
  readonly owner: Holder;
  readonly other: Holder;
  /** Passwords hashed so far. */
  readonly hashes: () => number;
  /** Puts every row back to how the stage was set. */
  readonly reset: () => Promise<void>;
  /** Puts every object back. */
  readonly resetObjects: () => Promise<void>;
  /** What KMS gives to who may call it as the service may. */
  readonly decrypt: (blob: Uint8Array, context: WrapContext) => Promise<Buffer>;
  readonly encrypt: (inner: Uint8Array, context: WrapContext) => Promise<Uint8Array>;
}

/** What stands in one account's data and nowhere else. */
export const CANARIES = { owner: 'Ottoline Harrowgate', other: 'Zanzibar Quillfeather' } as const;
/** The idempotency key that each person was made with. */
export const KEY = 'made-once';
export const INTEGRITY = '500 integrity_failure';
export const MINUTE = 60_000;
/** Setting a stage takes seconds, and this long at most where the machine is busy, ms. */
export const SETTING_MS = 3 * MINUTE;
/** Bytes of the document's parts, and of the upload's. */
const DOCUMENT_PARTS = [9000, 60_000];
const UPLOAD_PARTS = [20_000, 20_000];

/** Starts the service, and lives two accounts' lives. @param wrapKeys how many wrap keys it has */
export async function setStage(wrapKeys = 1): Promise<Stage> {
  let hashed = 0;
  const bcrypt = createPasswordHasher({ workers: 0 });
  const attacked = await startAttacked({
    wrapKeys,
    hasher: {
      tail: (...input) => {
        hashed++;
        return bcrypt.tail(...input);
      },
      close: () => bcrypt.close(),
    },
  });
  const set = async () => {
    const owner = await hold(attacked, 'owner', 1);
    const other = await hold(attacked, 'other', 2);
    return { owner, other, rows: await attacked.table.all(), objects: await contents(attacked) };
  };
  const { owner, other, rows, objects } = await set().catch(async (error: unknown) => {
    // A service that stays would keep the whole run from its end.
    await attacked.close();
    throw error;
  });
  return {
    ...attacked,
    owner,
    other,
    hashes: () => hashed,
    reset: () => resetRows(attacked, rows),
    resetObjects: () => resetObjects(attacked, objects),
    decrypt: async (blob, context) => {
      const EncryptionContext = encryptionContext(context);
      const { Plaintext } = await attacked.kms.send(new DecryptCommand({ CiphertextBlob: blob, EncryptionContext }));
      return Buffer.from(Plaintext ?? []);
    },
    encrypt: async (inner, context) => {
      const [KeyId, EncryptionContext] = [attacked.cloud.wrapKeyArns.at(-1), encryptionContext(context)];
      const input = { KeyId, Plaintext: inner, EncryptionContext };
      return (await attacked.kms.send(new EncryptCommand(input))).CiphertextBlob ?? new Uint8Array(0);
    },
  };
}

/** Registers an account, and gives it one of everything. */
async function hold(attacked: Attacked, name: keyof typeof CANARIES, seed: number): Promise<Holder> {
  const member = await attacked.register(`${name}@example.com`);
  const { token, accountId } = member;
  const call = async (what: string, send: Send) => {
    const answer = await attacked.call(what, { token, ...send });
    expect([what, verdict(answer)]).toEqual([what, expect.stringMatching(/^2/)]);
    return answer;
  };
  const [givenName = '', familyName = ''] = CANARIES[name].split(' ');
  const body = { type: 'person', label: name, data: { givenName, familyName } };
  const person = await call('POST /v1/items', { body, headers: { 'idempotency-key': KEY } });
  const note = await call('POST /v1/items', { body: { type: 'note', data: { text: `${CANARIES[name]} was here` } } });
  const send = async (parts: readonly Buffer[]) => {
    const begun = await call('POST /v1/uploads', { body: { title: CANARIES[name] } });
    const upload = begun.text('uploadId');
    for (const [i, part] of parts.entries()) {
      const headers = { 'content-type': 'application/pdf' };
      await call(`PUT /v1/uploads/${upload}/parts/${i + 1}`, { body: part, headers });
    }
    return upload;
  };
  const parts = partsOf(DOCUMENT_PARTS, seed);
  const document = await send(parts);
  await call(`POST /v1/uploads/${document}/complete`, { body: { parts: parts.length } });
  const { objectKeys } = await attacked.table.get({ pk: `A#${accountId}`, sk: `D#${document}` });
  const spare = await call('POST /v1/documents', {
    body: Buffer.concat(partsOf([40_000], seed + 2)),
    headers: { 'content-type': 'application/pdf', 'x-document-title': 'Spare' },
  });
  const upload = await send(partsOf(UPLOAD_PARTS, seed + 4));
  const code = await call('POST /v1/account/recovery-code', { body: { password: PASSWORD } });
  const wrong = await attacked.call('POST /v1/sessions', { body: { email: member.email, password: 'not this one' } });
  expect(verdict(wrong)).toBe('401 invalid_credentials');
  return {
    ...member,
    recoveryCode: code.text('recoveryCode'),
    person: person.text('id'),
    note: note.text('id'),
    document,
    spare: spare.text('id'),
    pdf: Buffer.concat(parts),
    upload,
    objects: (objectKeys?.L ?? []).map(({ S = '' }) => S),
  };
}

/** The keys of an account's rows. */
export const keysOf = ({ accountId, sessionId, person, note, document, spare, upload }: Holder) => {
  const at = (sk: string): RawKey => ({ pk: `A#${accountId}`, sk });
  return {
    account: at('ACCOUNT'),
    manifest: at('M'),
    session: at(`S#${sessionId}`),
    person: at(`I#${person}`),
    note: at(`I#${note}`),
    document: at(`D#${document}`),
    spare: at(`D#${spare}`),
    upload: at(`D#${upload}`),
  };
};

/** The calls that attacks are met at. */
export const callsOf = (of: Holder) => {
  const { token, email, password, recoveryCode, person, document, upload } = of;
  const newPassword = 'eleven quiet otters swim';
  return {
    account: ['GET /v1/account', { token }],
    person: [`GET /v1/items/${person}`, { token }],
    items: ['GET /v1/items?reveal=true', { token }],
    document: [`GET /v1/documents/${document}`, { token }],
    documents: ['GET /v1/documents', { token }],
    content: [`GET /v1/documents/${document}/content`, { token }],
    upload: [`GET /v1/uploads/${upload}`, { token }],
    complete: [`POST /v1/uploads/${upload}/complete`, { token, body: { parts: 2 } }],
    sessions: ['GET /v1/sessions', { token }],
    activity: ['GET /v1/account/activity?limit=100', { token }],
    signIn: ['POST /v1/sessions', { body: { email, password } }],
    recover: ['POST /v1/recovery', { body: { email, recoveryCode, newPassword } }],
  } as const satisfies Record<string, readonly [string, Send]>;
};

/** What a call may do although it is refused. */
export interface Met {
  /** Whether it may write that something was read, before it is known that it can't be. */
  readonly isTold?: boolean;
}

/**
 * Makes a call, and holds that an integrity failure is counted once by the alarm's metric, and that it and a vault that
 * was rolled back show nothing of either account and write nothing.
 *
 * @returns what was {@link verdict}
 */
export async function meet(
  stage: Stage,
  [call, send]: readonly [string, Send],
  { isTold = false }: Met = {},
): Promise<string> {
  const alarms = () => stage.telemetry.counts.get('IntegrityFailure') ?? 0;
  const [before, alarmed] = [await stage.table.all(), alarms()];
  const answer = await stage.call(call, send);
  const text = verdict(answer);
  if (text === INTEGRITY) expect([call, alarms() - alarmed]).toEqual([call, 1]);
  if (text === INTEGRITY || answer.status === 409) {
    if (!isTold) expect([call, changedRows(before, await stage.table.all())]).toEqual([call, []]);
    for (const canary of Object.values(CANARIES)) expect(answer.bytes.includes(canary)).toBe(false);
  }
  expect([call, text]).not.toEqual([call, expect.stringContaining('internal_error')]);
  return text;
}

/** Makes the same attack in several ways, each from the stage as it was set. @returns what all were answered, or each where they differ */
export async function each(stage: Stage, ways: readonly (() => Promise<string>)[]): Promise<string> {
  const answers: string[] = [];
  for (const way of ways) {
    await stage.reset();
    answers.push(await way());
  }
  expect(answers.length).toBeGreaterThan(0);
  return [...new Set(answers)].join('; ');
}

/**
 * The rows in which two tables differ, by name; not in the token of a plain put, nor in when a session was last used, which
 * is noted with its time to live before anything of it is opened.
 */
export function changedRows(before: readonly RawRow[], after: readonly RawRow[]): string[] {
  const named = (rows: readonly RawRow[]) =>
    new Map(rows.map(({ writtenBy: _, lastSeenAt: __, ttl: ___, ...row }) => [nameOf(row), row] as const));
  const [old, now] = [named(before), named(after)];
  return [...new Set([...old.keys(), ...now.keys()])].filter(
    (name) => !isDeepStrictEqual(old.get(name), now.get(name)),
  );
}

const nameOf = (row: RawRow) => Object.values(keyOf(row)).join(' ');

async function resetRows({ table }: Attacked, rows: readonly RawRow[]): Promise<void> {
  const now = new Map((await table.all()).map((row) => [nameOf(row), row]));
  await table.put(...rows.filter((row) => !isDeepStrictEqual(row, now.get(nameOf(row)))));
  for (const row of rows) now.delete(nameOf(row));
  await table.remove(...[...now.values()].map(keyOf));
}

async function contents({ bucket }: Attacked): Promise<Map<string, Buffer>> {
  return new Map(
    await Promise.all((await bucket.names()).map(async (name) => [name, await bucket.get(name)] as const)),
  );
}

async function resetObjects(attacked: Attacked, objects: ReadonlyMap<string, Buffer>): Promise<void> {
  const now = await contents(attacked);
  for (const [name, bytes] of objects) {
    if (now.get(name)?.equals(bytes) !== true) await attacked.bucket.put(name, bytes);
  }
  for (const name of now.keys()) if (!objects.has(name)) await attacked.bucket.remove(name);
}

/** A row with other attributes; one that is undefined goes. */
export function altered(row: RawRow, changes: Readonly<Record<string, AttributeValue | undefined>>): RawRow {
  const all: Readonly<Record<string, AttributeValue | undefined>> = { ...row, ...changes };
  return Object.fromEntries(
    Object.entries(all).filter((pair): pair is [string, AttributeValue] => pair[1] !== undefined),
  );
}

/** The row under another key. */
export function moved(row: RawRow, { pk, sk }: RawKey): RawRow {
  return { ...row, pk: { S: pk }, sk: { S: sk } };
}

/** The bytes of an attribute. @throws Error where it has none */
export function bytesOf(row: RawRow, name: string): Buffer {
  const bytes = row[name]?.B;
  if (bytes === undefined) throw new Error(`the row has no bytes ${name}`);
  return Buffer.from(bytes);
}

/** Bytes with one of them changed in its lowest bit. @param at from 0; below it from the end */
export function flipped(bytes: Uint8Array, at: number): Buffer {
  const changed = Buffer.from(bytes);
  const place = at < 0 ? changed.length + at : at;
  changed[place] = (changed[place] ?? 0) ^ 1;
  return changed;
}

/** Changes one row. */
export async function change(
  { table }: Stage,
  key: RawKey,
  changes: (row: RawRow) => Readonly<Record<string, AttributeValue | undefined>>,
): Promise<void> {
  const row = await table.get(key);
  await table.put(altered(row, changes(row)));
}

/** An answer's parts that tell of the data, whatever the request. */
export function toldBy({ status, body, bytes }: Answer): unknown {
  return [status, body ?? bytes.toString('base64')];
}
