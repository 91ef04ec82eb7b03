import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { describe, expect, it } from '@jest/globals';
import type { Attributes } from '../../lambda/adapters/dynamodb/attributes.ts';
import { checkKeys, dueKey, dueShard, listedKey, remnantKey, tableKey } from '../../lambda/adapters/dynamodb/keys.ts';
import { decodeRow, encodeRewraps, encodeRow } from '../../lambda/adapters/dynamodb/rows.ts';
import type { AccountRow, DueKey, RemnantKey, Row } from '../../lambda/domain/records.ts';
import { IntegrityError } from '../../lambda/errors.ts';
import { bytes, fresh, NOW, oneOfEach, sample } from '../contracts/vault-store-rows.ts';

const accountId = fresh.account();
const [sessionId, itemId, documentId, activityId] = [fresh.session(), fresh.item(), fresh.document(), fresh.activity()];

describe('the place of a row', () => {
  it.each<[string, Row, string, string]>([
    ['email', sample.email({ mac: new Uint8Array(32).fill(0xfb) }), `E#${'-_v7'.repeat(10)}-_s`, 'E'],
    ['account', sample.account({ accountId }), `A#${accountId}`, 'ACCOUNT'],
    ['manifest', sample.manifest({ accountId }), `A#${accountId}`, 'M'],
    ['session', sample.session({ accountId, sessionId }), `A#${accountId}`, `S#${sessionId}`],
    ['item', sample.item({ accountId, itemId }), `A#${accountId}`, `I#${itemId}`],
    ['document', sample.document({ accountId, documentId }), `A#${accountId}`, `D#${documentId}`],
    ['activity', sample.activity({ accountId, activityId }), `A#${accountId}`, `L#${activityId}`],
    ['deletion', sample.deletion({ accountId }), `A#${accountId}`, 'X'],
    ['idempotency', sample.idempotency({ accountId, keyHash: 'abc' }), `A#${accountId}`, 'K#abc'],
    ['throttle', sample.throttle({ subject: 'abc', source: '*' }), 'T#abc', '*'],
  ])('of kind %s is as the design says', (_kind, row, pk, sk) => {
    expect(tableKey(row)).toEqual({ pk, sk });
    expect(encodeRow(row)).toMatchObject({ pk: { S: pk }, sk: { S: sk } });
  });

  it('is named once in a set of rows', () => {
    const session = sample.session({ accountId, sessionId });
    const item = sample.item({ accountId, itemId });
    expect(() => {
      checkKeys([session, item]);
    }).not.toThrow();
    expect(() => {
      checkKeys([session, item, { ...session }]);
    }).toThrow(RangeError);
  });

  it.each(['I#', `S#${itemId}`, itemId, `I#${itemId.toLowerCase()}`, `I#${itemId}x`, ''])(
    'is refused when its sort key is "%s"',
    (sk) => {
      expect(() => listedKey(accountId, 'item', sk)).toThrow(IntegrityError);
    },
  );

  it.each([
    { pk: `A#${accountId}`, sk: 'M' },
    { pk: `A#${accountId}`, sk: `I#${itemId}` },
    { pk: `B#${accountId}`, sk: `D#${documentId}` },
    { pk: 'A#', sk: `D#${documentId}` },
    { pk: 'A#', sk: 'X' },
    { pk: `A#${accountId}`, sk: 'X#' },
  ])('is refused when the due index names %j', (key) => {
    expect(() => dueKey(key)).toThrow(IntegrityError);
  });
});

describe('what lies in the partition of an account', () => {
  it.each<[string, DueKey | RemnantKey]>([
    ['X', { kind: 'deletion', accountId }],
    [`D#${documentId}`, { kind: 'document', accountId, documentId }],
    ...['ACCOUNT', 'M', `S#${sessionId}`, `I#${itemId}`, `L#${activityId}`, 'D#x', 'XY', 'a kind of tomorrow'].map(
      (name): [string, RemnantKey] => [name, { kind: 'remnant', accountId, name }],
    ),
  ])('is named, whatever it is: %s', (sk, key) => {
    expect(remnantKey(accountId, sk)).toEqual(key);
    expect(tableKey(key)).toEqual({ pk: `A#${accountId}`, sk });
  });
});

describe('the attributes of a row', () => {
  it.each(oneOfEach().map((row) => [row.kind, row] as const))('of kind %s read as they were written', (_kind, row) => {
    expect(decodeRow(row, encodeRow(row))).toEqual(row);
  });

  it('hold the records of wraps that the operator moved, which no write keeps', () => {
    const row = sample.account();
    const rewraps = (['password', 'recovery', 'password'] as const).map((part) => ({
      part,
      before: bytes(32),
      mac: bytes(32),
    }));
    const stored = encodeRewraps(rewraps);
    expect(stored).toHaveLength(3 * 65);
    expect([stored[0], stored[65], stored[130]]).toEqual([1, 2, 1]);
    const read = decodeRow(row, { ...encodeRow(row), rewraps: { B: stored } }) as AccountRow;
    expect(read).toEqual({ ...row, rewraps });
    expect(encodeRow(read)).toEqual(encodeRow(row));
  });

  it.each([
    ['cut', { B: new Uint8Array(64).fill(1) }],
    ['of no part', { B: new Uint8Array(65) }],
    ['of an unknown part', { B: new Uint8Array(65).fill(3) }],
    ['texts', { S: 'a' }],
  ])('refuse records of moved wraps that are %s', (_what, rewraps) => {
    const row = sample.account();
    expect(() => decodeRow(row, { ...encodeRow(row), rewraps })).toThrow(IntegrityError);
  });

  it('hold what is due, by shard and UTC day', () => {
    const row = sample.document({ dueAt: Date.UTC(2026, 11, 31, 23, 59, 59, 999) });
    const { duePk, dueAt } = encodeRow(row);
    expect(duePk).toEqual({ S: `${dueShard(row.documentId)}#2026-12-31` });
    expect(dueAt).toEqual({ N: String(row.dueAt) });
  });

  it('hold a deletion that is due, by the shard of its account', () => {
    const row = sample.deletion({ dueAt: NOW });
    const { duePk, dueAt } = encodeRow(row);
    expect(duePk).toEqual({ S: `${dueShard(row.accountId)}#2026-11-24` });
    expect(dueAt).toEqual({ N: String(NOW) });
  });

  it('spread documents over all 16 shards', () => {
    const shards = new Set(Array.from({ length: 1_000 }, () => dueShard(fresh.document())));
    expect([...shards].sort((a, b) => a - b)).toEqual(Array.from({ length: 16 }, (_, n) => n));
  });

  it.each<[string, Row, number]>([
    [
      'a session 365 days after its end, rounded up',
      sample.session({ expiresAt: NOW + 1 }),
      NOW / 1000 + 1 + 365 * 86_400,
    ],
    [
      'activity 365 days after it was, rounded up',
      sample.activity({ activityId: fresh.activity(NOW + 1) }),
      NOW / 1000 + 1 + 365 * 86_400,
    ],
    ['a document 14 days after it is due', sample.document({ dueAt: NOW }), NOW / 1000 + 14 * 86_400],
    ['an idempotency key 24 hours after its use', sample.idempotency({ createdAt: NOW }), NOW / 1000 + 86_400],
    [
      'failed tries 30 days after the delay that they earned',
      sample.throttle({ lastFailureAt: NOW - 5_000, blockedUntil: NOW, lastSuccessAt: 0 }),
      NOW / 1000 + 30 * 86_400,
    ],
    [
      'failed tries without a delay 30 days after the last',
      sample.throttle({ lastFailureAt: NOW, blockedUntil: 0, lastSuccessAt: 0 }),
      NOW / 1000 + 30 * 86_400,
    ],
    [
      'a source 90 days after it gave the right password',
      sample.throttle({ lastFailureAt: NOW + 59 * 86_400_000, blockedUntil: 0, lastSuccessAt: NOW }),
      NOW / 1000 + 90 * 86_400,
    ],
    [
      'a known source’s failed tries 30 days after the last, when that is later',
      sample.throttle({ lastFailureAt: NOW + 61 * 86_400_000, blockedUntil: 0, lastSuccessAt: NOW }),
      NOW / 1000 + 91 * 86_400,
    ],
  ])('let DynamoDB remove %s', (_what, row, seconds) => {
    expect(encodeRow(row)['ttl']).toEqual({ N: String(seconds) });
  });

  it.each(['email', 'account', 'manifest', 'item', 'deletion'] as const)(
    'never let DynamoDB remove a row of kind %s',
    (kind) => {
      expect(encodeRow(sample[kind]())).not.toHaveProperty('ttl');
    },
  );
});

/** What the table's own use needs, no row is read from. */
const NOT_READ = new Set(['pk', 'sk', 'ttl', 'duePk']);
const attributesOf = (row: Row): [string, AttributeValue][] =>
  Object.entries(encodeRow(row)).filter(([name]) => !NOT_READ.has(name));

const faults = oneOfEach().flatMap((row) =>
  attributesOf(row).flatMap(([name, value]): [string, Row, Attributes][] => {
    const { [name]: _gone, ...without } = encodeRow(row);
    const other: AttributeValue = value.S === undefined ? { S: 'x' } : { N: '1' };
    return [
      [`${row.kind} without ${name}`, row, without],
      [`${row.kind} whose ${name} has another type`, row, { ...without, [name]: other }],
    ];
  }),
);

describe('strict reading', () => {
  it.each(faults)('refuses a row of kind %s', (_what, row, attributes) => {
    const read = () => decodeRow(row, attributes);
    expect(read).toThrow(IntegrityError);
    expect(read).toThrow(`integrity failure: ${row.kind} row`);
  });

  it.each<[string, Row, Attributes]>([
    ['a number with a fraction', sample.item(), { version: { N: '1.5' } }],
    ['a negative number', sample.item(), { version: { N: '-1' } }],
    ['a number in another spelling', sample.item(), { version: { N: '1e3' } }],
    ['a number too large to be exact', sample.item(), { version: { N: '9007199254740992' } }],
    ['a session used beyond all dates', sample.session(), { lastSeenAt: { N: '281474976710656' } }],
    ['a document that may be removed beyond all dates', sample.document(), { dueAt: { N: '281474976710656' } }],
    ['a document that is busy beyond all dates', sample.document(), { busyUntil: { N: '281474976710656' } }],
    ['a number of entries behind which none follows', sample.session(), { activityCount: { N: '9007199254740991' } }],
    ['a document’s version behind which none follows', sample.document(), { version: { N: '9007199254740991' } }],
    ['a DEK version behind which none follows', sample.item(), { dekVersion: { N: '4294967295' } }],
    [
      'a failed try beyond all dates',
      sample.throttle(),
      { tries: { L: [{ M: { at: { N: '281474976710656' }, source: { S: 'x' } } }] } },
    ],
    ['an account id that is none', sample.email(), { accountId: { S: 'somebody' } }],
    ['an e-mail MAC of another length', sample.account(), { emailMac: { B: new Uint8Array(31) } }],
    ['a recovery salt of another length', sample.account(), { recoverySalt: { B: new Uint8Array(31) } }],
    ['a secret hash of another length', sample.session(), { secretHash: { B: new Uint8Array(33) } }],
    ['a head of activity of another length', sample.session(), { activityHead: { B: new Uint8Array(31) } }],
    ['a state that is none', sample.document(), { state: { S: 'GONE' } }],
    ['a state of an idempotency key that is none', sample.idempotency(), { state: { S: 'READY' } }],
    ['a resource that is none', sample.idempotency(), { resourceId: { S: 'something' } }],
    ['an HMAC of another length', sample.idempotency(), { mac: { B: new Uint8Array(31) } }],
    ['an object key that is no text', sample.document(), { objectKeys: { L: [{ N: '1' }] } }],
    ['a failed try that is no map', sample.throttle(), { tries: { L: [{ S: 'x' }] } }],
    ['a failed try without its time', sample.throttle(), { tries: { L: [{ M: { source: { S: 'x' } } }] } }],
    ['a failed try without its source', sample.throttle(), { tries: { L: [{ M: { at: { N: '1' } } }] } }],
    [
      'a failed try whose time is no number',
      sample.throttle(),
      { tries: { L: [{ M: { at: { S: '1' }, source: { S: 'x' } } }] } },
    ],
    [
      'a failed try whose source is no text',
      sample.throttle(),
      { tries: { L: [{ M: { at: { N: '1' }, source: { N: '1' } } }] } },
    ],
    ['object keys as a set', sample.document(), { objectKeys: { SS: ['a'] } }],
  ])('refuses %s', (_what, row, change) => {
    expect(() => decodeRow(row, { ...encodeRow(row), ...change })).toThrow(IntegrityError);
  });

  it('reads an account without a previous DEK only where neither of its attributes is there', () => {
    const { previousDek: _gone, ...row } = sample.account();
    const attributes = encodeRow(row);
    expect(Object.keys(attributes).filter((name) => name.startsWith('previousDek'))).toEqual([]);
    expect(decodeRow(row, attributes)).toEqual(row);
    expect(decodeRow(row, attributes)).not.toHaveProperty('previousDek');
  });

  it('takes names from the key that was asked for, never from the table', () => {
    const row = sample.item();
    const foreign = {
      ...encodeRow(row),
      pk: { S: 'A#x' },
      itemId: { S: fresh.account() },
      accountId: { S: fresh.account() },
    };
    expect(decodeRow(row, foreign)).toEqual(row);
  });
});
