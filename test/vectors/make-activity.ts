import { utf8 } from '../../lambda/crypto/bytes.ts';
import {
  authenticatedRow,
  type IdempotencyKeys,
  idempotencyKeyHash,
  requestMac,
} from '../../lambda/crypto/idempotency.ts';
import { rotatedObject } from '../../lambda/crypto/rotation.ts';
import { VaultKeys } from '../../lambda/crypto/vault-keys.ts';
import type { ActivityRow, Sealed, SessionRow, WrappedKey } from '../../lambda/domain/records.ts';
import { ACTIVITY_VERSION, Journal, type Line } from '../../lambda/usecases/journal.ts';
import {
  ALICE,
  BOB,
  DOCUMENT,
  fixedRandom,
  flipped,
  ITEM,
  OTHER_ITEM,
  OTHER_SESSION,
  pattern,
  SESSION,
} from '../crypto/helpers.ts';
import { ACTIVITY_KEY, DEK, hex, keysOf, secret } from './material.ts';
import type {
  ActivityVectors,
  Chain,
  ChainEntry,
  IdempotencyRowCase,
  IdempotencyVectors,
  RotationVectors,
} from './shapes.ts';

const TIME = 1_790_000_000_000;
const OTHER_KEY = fixedRandom('another activity key of the golden vectors')(32);

/** Idempotency keys, requests and rows, under an activity key. */
export function idempotency(): IdempotencyVectors {
  const keys: IdempotencyKeys = { accountId: ALICE, activityKey: ACTIVITY_KEY };
  const request = (key: string, parts: readonly string[]) => {
    const keyHash = idempotencyKeyHash(key);
    const mac = hex(requestMac(keys, keyHash, parts.map(utf8)));
    return { accountId: ALICE, key, keyHash, parts, mac };
  };
  const item = request('an-invented-key', ['POST /v1/items', '{"type":"note","data":{"text":"an invented note"}}']);
  const document = request('~', ['POST /v1/documents', '{"title":"an invented letter"}', '']);
  const row = (
    name: string,
    of: typeof item,
    state: IdempotencyRowCase['state'],
    resourceId: IdempotencyRowCase['resourceId'],
    under = keys,
  ): IdempotencyRowCase => {
    const bytes = Uint8Array.from(Buffer.from(of.mac, 'hex'));
    const content = { keyHash: of.keyHash, state, resourceId, createdAt: TIME };
    const { mac } = authenticatedRow(under, { kind: 'idempotency', ...content, request: bytes });
    return { name, expect: 'authentic', accountId: ALICE, ...content, request: of.mac, mac: hex(mac) };
  };
  const done = row('an item that was made', item, 'DONE', ITEM);
  const altered = (name: string, change: Partial<IdempotencyRowCase>): IdempotencyRowCase => ({
    ...done,
    ...change,
    name,
    expect: 'integrity',
  });
  const { mac: foreign } = row('', item, 'DONE', ITEM, { ...keys, activityKey: OTHER_KEY });
  return {
    activityKey: hex(ACTIVITY_KEY),
    requests: [item, document],
    rows: [
      done,
      row('a document that is being made', document, 'BEGUN', DOCUMENT),
      altered("in another account's place", { accountId: BOB }),
      altered("in another key's place", { keyHash: document.keyHash }),
      altered('HMAC under another activity key', { mac: foreign }),
      altered('another state', { state: 'BEGUN' }),
      altered('another resource', { resourceId: OTHER_ITEM }),
      altered('another time', { createdAt: TIME + 1 }),
      altered('another request', { request: document.mac }),
      altered('HMAC cut to 16 bytes', { mac: done.mac.slice(0, 32) }),
    ],
  };
}

const LINES: readonly Line[] = [
  { action: 'session.started' },
  { action: 'item.created', target: ITEM },
  { action: 'items.revealed' },
];

/** A session's chain of three entries, as the service writes it, and chains that it would never write. */
export function activity(): ActivityVectors {
  const whole = chain('activity vectors', ACTIVITY_KEY);
  const [one, two, three] = whole.entries as [ChainEntry, ChainEntry, ChainEntry];
  const keys = keysOf('activity vectors, sealed anew');
  const anew = ({ id }: ChainEntry, text: string): ChainEntry => ({
    id,
    sealed: hex(keys.seal('activity', id, ACTIVITY_VERSION, utf8(text))),
  });
  const bare = ({ entries, ...ends }: Chain): Chain => ({
    ...ends,
    entries: entries.map(({ id, sealed }) => ({ id, sealed })),
  });
  const fail = (name: string, change: Partial<Chain>) => ({ name, ...bare({ ...whole, ...change }) });
  const written = (name: string, change: (row: SessionRow) => Partial<SessionRow>) => {
    const made = chain(name, ACTIVITY_KEY, (row, place) => (place === 1 ? { ...row, ...change(row) } : row));
    return { name, ...bare(made) };
  };
  return {
    dek: hex(DEK),
    activityKey: hex(ACTIVITY_KEY),
    accountId: ALICE,
    dekVersion: 1,
    session: SESSION,
    opens: [{ name: 'three entries', ...whole }],
    integrity: [
      fail('the first entry left out', { entries: [two, three] }),
      fail('an entry in the middle left out', { entries: [one, three] }),
      fail('the last entry left out', { entries: [one, two] }),
      fail('an entry twice', { entries: [one, two, two, three] }),
      fail("an entry in another's place", { entries: [one, { ...two, sealed: three.sealed }, three] }),
      fail('an entry changed', {
        entries: [one, { ...two, sealed: hex(flipped(Buffer.from(two.sealed, 'hex'), 60)) }, three],
      }),
      fail('another action, sealed by one who has the DEK', {
        entries: [one, anew(two, two.text?.replace('item.created', 'item.deleted') ?? ''), three],
      }),
      fail('another address in the last entry, sealed by one who has the DEK', {
        entries: [one, two, anew(three, three.text?.replace('192.0.2.7', '192.0.2.8') ?? '')],
      }),
      fail('another head', { head: hex(flipped(Buffer.from(whole.head, 'hex'), 0)) }),
      fail('an entry more counted', { count: 4 }),
      { name: 'chained under another activity key', ...bare(chain('another activity key', OTHER_KEY)) },
      written('a number left out', ({ activityCount }) => ({ activityCount: activityCount + 1 })),
      written("an entry of another session's", () => ({ sessionId: OTHER_SESSION })),
      written('an entry in the middle that names none before it', () => ({ activityHead: new Uint8Array(32) })),
    ],
  };
}

/** @param before what the session's row is, or was made to be, before the entry at a place from 0 */
function chain(
  seed: string,
  activityKey: Uint8Array,
  before: (row: SessionRow, place: number) => SessionRow = (row) => row,
): Chain {
  const keys = keysOf(seed);
  const clock = () => TIME;
  const caller = { sourceIp: '192.0.2.7', userAgent: 'an invented browser' };
  const journal = new Journal({ clock, random: fixedRandom(`${seed}, ids`) }, caller, newSession(), false);
  const entries = LINES.map((line, place): ChainEntry => {
    journal.adopt(before(journal.row, place));
    const { changes, row } = journal.enter(line, keys, activityKey, place + 1);
    journal.adopt({ ...row, sessionId: SESSION });
    const [{ activityId, sealed }] = changes.flatMap((change) =>
      change.op === 'put' && change.row.kind === 'activity' ? [change.row] : [],
    ) as [ActivityRow];
    const text = Buffer.from(keys.open('activity', activityId, ACTIVITY_VERSION, sealed)).toString();
    return { id: activityId, text, sealed: hex(sealed), mac: hex(row.activityHead) };
  });
  return { entries, count: journal.row.activityCount, head: hex(journal.row.activityHead) };
}

function newSession(): SessionRow {
  return {
    kind: 'session',
    accountId: ALICE,
    sessionId: SESSION,
    epoch: 1,
    dekVersion: 1,
    secretHash: new Uint8Array(32),
    wrap: new Uint8Array(0) as WrappedKey,
    sealed: new Uint8Array(0) as Sealed,
    expiresAt: TIME,
    lastSeenAt: TIME,
    activityCount: 0,
    activityHead: new Uint8Array(32),
    activityAt: 0,
    revision: 0,
  };
}

/** Objects that a document's parts are moved to: name, salt and message. */
export function rotation(): RotationVectors {
  const object = (part: number, size: number) => {
    const { name, salt } = rotatedObject(keysOf('no random bytes are drawn', 2), DOCUMENT, part);
    const keys = new VaultKeys(secret(DEK), ALICE, 2, () => salt);
    const message = hex(keys.seal('content', DOCUMENT, part, pattern(size)));
    return { id: DOCUMENT, part, name, salt: hex(salt), size, message };
  };
  return { dek: hex(DEK), accountId: ALICE, dekVersion: 2, objects: [object(1, 100), object(2, 0)] };
}
