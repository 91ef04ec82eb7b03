import {
  type AttributeValue,
  DeleteItemCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  TransactGetItemsCommand,
  TransactionCanceledException,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { mockClient } from 'aws-sdk-client-mock';
import { tableKey } from '../../lambda/adapters/dynamodb/keys.ts';
import { encodeRow } from '../../lambda/adapters/dynamodb/rows.ts';
import { createVaultStore } from '../../lambda/adapters/dynamodb/vault-store.ts';
import type { ItemRow, Row } from '../../lambda/domain/records.ts';
import { IntegrityError, UnavailableError } from '../../lambda/errors.ts';
import type { Change } from '../../lambda/ports/vault-store.ts';
import { fresh, NOW, sample } from '../contracts/vault-store-rows.ts';
import { awsError, OUTAGES } from './aws-error.ts';

const client = new DynamoDBClient({ region: 'us-east-1' });
const mock = mockClient(client);
const pauses: number[] = [];
const sleep = (ms: number) => {
  pauses.push(ms);
  return Promise.resolve();
};
const store = createVaultStore({ client, table: 'vault', sleep });

beforeEach(() => {
  mock.reset();
  pauses.length = 0;
});

const put = (row: Row, replaces: Row | null | 'any' = null): Change => ({ op: 'put', row, replaces });
const inputs = () => mock.calls().map((call): unknown => call.args[0].input);
const keyOf = (row: Row) => {
  const { pk, sk } = tableKey(row);
  return { pk: { S: pk }, sk: { S: sk } };
};
const written = (row: Row) => ({ ...encodeRow(row), writtenBy: { S: expect.stringMatching(/^[0-9a-f-]{36}$/) } });
const itemCondition = (version: number) => ({
  ConditionExpression: '#version = :version AND #dekVersion = :dekVersion',
  ExpressionAttributeNames: { '#version': 'version', '#dekVersion': 'dekVersion' },
  ExpressionAttributeValues: { ':version': { N: String(version) }, ':dekVersion': { N: '2' } },
});
const cancelled = (...codes: string[]) =>
  new TransactionCanceledException({
    message: 'Transaction cancelled',
    $metadata: { attempts: 1, httpStatusCode: 400 },
    CancellationReasons: codes.map((Code) => ({ Code })),
  });

describe('what is asked of DynamoDB', () => {
  it('reads one row strongly consistently', async () => {
    const row = sample.item();
    mock.on(GetItemCommand).resolves({ Item: encodeRow(row) });
    expect(await store.get(row)).toEqual(row);
    expect(inputs()).toEqual([{ TableName: 'vault', Key: keyOf(row), ConsistentRead: true }]);
  });

  it('reads several rows in one transaction, and one alone without', async () => {
    const [account, manifest] = [sample.account(), sample.manifest()];
    mock.on(TransactGetItemsCommand).resolves({ Responses: [{ Item: encodeRow(account) }, {}] });
    mock.on(GetItemCommand).resolves({});
    expect(await store.snapshot([account, manifest])).toEqual([account, null]);
    expect(await store.snapshot([manifest])).toEqual([null]);
    const TransactItems = [account, manifest].map((row) => ({ Get: { TableName: 'vault', Key: keyOf(row) } }));
    expect(inputs()).toEqual([{ TransactItems }, { TableName: 'vault', Key: keyOf(manifest), ConsistentRead: true }]);
  });

  it.each<[string, ItemRow | null | 'any', object]>([
    ['where none is', null, { ConditionExpression: 'attribute_not_exists(pk)' }],
    ['over one as it was read', sample.item({ version: 3 }), itemCondition(3)],
    ['over whatever is there', 'any', {}],
  ])('writes one row %s by one plain put', async (_what, before, condition) => {
    const row: Row = before === null || before === 'any' ? sample.item() : { ...before, version: 4 };
    mock.on(PutItemCommand).resolves({});
    expect(await store.commit([put(row, before)])).toEqual({ ok: true });
    expect(inputs()).toEqual([{ TableName: 'vault', Item: written(row), ...condition }]);
  });

  it('discards one row by one plain delete', async () => {
    const row = sample.session();
    mock.on(DeleteItemCommand).resolves({});
    expect(await store.commit([{ op: 'discard', key: row }])).toEqual({ ok: true });
    expect(inputs()).toEqual([{ TableName: 'vault', Key: keyOf(row) }]);
  });

  it('does all else in one transaction with a token of its own', async () => {
    const [first, old, gone, read, away] = [1, 2, 3, 4, 5].map((version) => sample.item({ version }));
    if (!first || !old || !gone || !read || !away) throw new Error('five rows were made');
    mock.on(TransactWriteItemsCommand).resolves({});
    const changes: Change[] = [
      put(first),
      put({ ...old, version: 9 }, old),
      { op: 'remove', row: gone },
      { op: 'check', row: read },
      { op: 'discard', key: away },
    ];
    expect(await store.commit(changes)).toEqual({ ok: true });
    const TableName = 'vault';
    const expected = {
      ClientRequestToken: expect.stringMatching(/^[0-9a-f-]{36}$/),
      TransactItems: [
        { Put: { TableName, Item: encodeRow(first), ConditionExpression: 'attribute_not_exists(pk)' } },
        { Put: { TableName, Item: encodeRow({ ...old, version: 9 }), ...itemCondition(2) } },
        { Delete: { TableName, Key: keyOf(gone), ...itemCondition(3) } },
        { ConditionCheck: { TableName, Key: keyOf(read), ...itemCondition(4) } },
        { Delete: { TableName, Key: keyOf(away) } },
      ],
    };
    expect(inputs()).toEqual([expected]);
    await store.commit(changes);
    const tokens = inputs().map((input) => (input as { ClientRequestToken: string }).ClientRequestToken);
    expect(new Set(tokens).size).toBe(2);
  });

  it('lists one kind by one query, one row beyond the limit', async () => {
    const row = sample.session();
    mock.on(QueryCommand).resolves({ Items: [encodeRow(row)] });
    const page = await store.list(row.accountId, 'session', { limit: 20, after: row.sessionId, descending: true });
    expect(page).toEqual({ rows: [row], more: false });
    const pk = { S: `A#${row.accountId}` };
    const expected = {
      TableName: 'vault',
      ConsistentRead: true,
      KeyConditionExpression: 'pk = :pk AND begins_with(sk, :prefix)',
      ExpressionAttributeValues: { ':pk': pk, ':prefix': { S: 'S#' } },
      ScanIndexForward: false,
      ExclusiveStartKey: { pk, sk: { S: `S#${row.sessionId}` } },
      Limit: 21,
    };
    expect(inputs()).toEqual([expected]);
  });

  it('goes on behind a page that is empty, and stops at one that is short', async () => {
    const row = sample.item();
    const next = keyOf(row);
    mock
      .on(QueryCommand)
      .resolvesOnce({ Items: [], LastEvaluatedKey: next })
      .resolvesOnce({ Items: [encodeRow(row)], LastEvaluatedKey: next })
      .rejects(new Error('there was no need to ask again'));
    expect(await store.list(row.accountId, 'item', { limit: 20 })).toEqual({ rows: [row], more: true });
    expect(inputs()[1]).toMatchObject({ ExclusiveStartKey: next });
  });

  it('finds what is due by the index, over as many pages as it takes', async () => {
    const rows = [sample.document(), sample.document()];
    const [first, second] = rows.map((row, n) => ({ ...keyOf(row), dueAt: { N: String(NOW - 2 + n) } }));
    if (!first || !second) throw new Error('two rows were made');
    mock
      .on(QueryCommand)
      .resolvesOnce({ Items: [first], LastEvaluatedKey: first })
      .resolvesOnce({ Items: [second] });
    const keys = rows.map(({ kind, accountId, documentId }) => ({ kind, accountId, documentId }));
    expect(await store.due(15, '2026-11-24', NOW, null, 10)).toEqual({ keys, next: null });
    const query = {
      TableName: 'vault',
      IndexName: 'due',
      KeyConditionExpression: 'duePk = :shard AND dueAt <= :until',
      ExpressionAttributeValues: { ':shard': { S: '15#2026-11-24' }, ':until': { N: String(NOW) } },
      ProjectionExpression: 'pk, sk, dueAt',
    };
    expect(inputs()).toEqual([
      { ...query, Limit: 10 },
      { ...query, Limit: 9, ExclusiveStartKey: first },
    ]);
  });

  it('goes on with what is due behind the row that a page ended with', async () => {
    const row = sample.document();
    const place = keyOf(row);
    const item = { ...place, dueAt: { N: '5' } };
    mock.on(QueryCommand).resolves({ Items: [item], LastEvaluatedKey: { ...item, duePk: { S: '15#1970-01-01' } } });
    const { next } = await store.due(15, '1970-01-01', NOW, null, 1);
    expect(next).toEqual({ dueAt: 5, key: { kind: 'document', accountId: row.accountId, documentId: row.documentId } });
    await store.due(15, '1970-01-01', NOW, next, 1);
    expect(inputs()[0]).not.toHaveProperty('ExclusiveStartKey');
    expect(inputs()[1]).toMatchObject({ ExclusiveStartKey: { ...item, duePk: { S: '15#1970-01-01' } } });
  });

  it('looks through all activity for that of one DEK version, and reads no more than was asked for', async () => {
    const { accountId } = sample.activity();
    const rows = [1, 2, 3].map((n) => sample.activity({ accountId, activityId: fresh.activity(NOW + n) }));
    const [first, second, third] = rows.map(encodeRow);
    if (!first || !second || !third) throw new Error('three rows were made');
    const [here, there] = [{ pk: first['pk'] }, { pk: second['pk'] }] as Record<string, AttributeValue>[];
    const odd = { ...third, sealed: { S: 'x' } };
    mock
      .on(QueryCommand)
      .resolvesOnce({ Items: [first], LastEvaluatedKey: here })
      .resolvesOnce({ Items: [], LastEvaluatedKey: there })
      .resolvesOnce({ Items: [second, odd] });
    expect(await store.activityUnder(accountId, 2, 2)).toEqual({ rows: rows.slice(0, 2), total: 3 });
    const query = {
      TableName: 'vault',
      ConsistentRead: true,
      KeyConditionExpression: 'pk = :pk AND begins_with(sk, :prefix)',
      FilterExpression: 'dekVersion = :version',
      ExpressionAttributeValues: { ':pk': first['pk'], ':prefix': { S: 'L#' }, ':version': { N: '2' } },
    };
    expect(inputs()).toEqual([query, { ...query, ExclusiveStartKey: here }, { ...query, ExclusiveStartKey: there }]);
  });

  it('writes a session and a document over what was read, down to the count of activity and the objects', async () => {
    const [session, document] = [sample.session(), sample.document()];
    mock.on(PutItemCommand).resolves({});
    await store.commit([put({ ...session, activityCount: 4 }, session)]);
    await store.commit([put({ ...document, objectKeys: ['documents/a'] }, document)]);
    expect(inputs()).toMatchObject([
      {
        ConditionExpression: expect.stringContaining('#activityCount = :activityCount'),
        ExpressionAttributeValues: { ':activityCount': { N: '3' } },
      },
      {
        ConditionExpression: expect.stringContaining('#objectKeys = :objectKeys'),
        ExpressionAttributeValues: { ':objectKeys': { L: [{ S: 'documents/b' }, { S: 'documents/a' }] } },
      },
    ]);
  });

  it('finds what remains of an account by names alone, and removes what it does not know', async () => {
    const { accountId } = sample.item();
    const pk = { S: `A#${accountId}` };
    mock.on(QueryCommand).resolvesOnce({
      Items: [
        { pk, sk: { S: 'X' } },
        { pk, sk: { S: 'a kind of tomorrow' } },
      ],
      LastEvaluatedKey: { pk, sk: { S: 'a kind of tomorrow' } },
    });
    const remnant = { kind: 'remnant', accountId, name: 'a kind of tomorrow' } as const;
    expect(await store.remains(accountId, 'S#', 2)).toEqual({
      keys: [{ kind: 'deletion', accountId }, remnant],
      next: 'a kind of tomorrow',
    });
    expect(await store.commit([{ op: 'discard', key: remnant }])).toEqual({ ok: true });
    expect(inputs()).toEqual([
      {
        TableName: 'vault',
        ConsistentRead: true,
        KeyConditionExpression: 'pk = :pk',
        ExpressionAttributeValues: { ':pk': pk },
        ProjectionExpression: 'pk, sk',
        ExclusiveStartKey: { pk, sk: { S: 'S#' } },
        Limit: 2,
      },
      { TableName: 'vault', Key: { pk, sk: { S: 'a kind of tomorrow' } } },
    ]);
  });

  it('is nothing when the rows are wrong', async () => {
    const row = sample.item();
    await expect(store.commit([])).rejects.toThrow(RangeError);
    await expect(store.commit([put(row), put(row)])).rejects.toThrow(RangeError);
    await expect(store.commit([put(sample.item({ version: -1 }))])).rejects.toThrow(RangeError);
    await expect(store.snapshot([])).rejects.toThrow(RangeError);
    await expect(store.list(row.accountId, 'item', { limit: 0 })).rejects.toThrow(RangeError);
    expect(mock.calls()).toHaveLength(0);
  });
});

describe('what DynamoDB refuses', () => {
  it('gives a condition that did not hold as the place of its change', async () => {
    mock.on(PutItemCommand).rejects(awsError('ConditionalCheckFailedException'));
    expect(await store.commit([put(sample.item())])).toEqual({ ok: false, failed: [0] });
    expect(mock.commandCalls(GetItemCommand)).toHaveLength(0);
  });

  it('knows its own put again whose answer was lost', async () => {
    mock.on(PutItemCommand).rejects(awsError('ConditionalCheckFailedException', { attempts: 2 }));
    mock.on(GetItemCommand).callsFake(() => ({ Item: mock.commandCalls(PutItemCommand)[0]?.args[0].input.Item }));
    expect(await store.commit([put(sample.item())])).toEqual({ ok: true });
    expect(mock.commandCalls(GetItemCommand)[0]?.args[0].input).toMatchObject({ ConsistentRead: true });
  });

  it.each([
    ['ConditionalCheckFailedException', [0]],
    ['TransactionConflictException', []],
  ])("does not take an equal row of somebody else's for its own: %s", async (name, failed) => {
    const row = sample.throttle();
    mock.on(PutItemCommand).rejects(awsError(name, { attempts: 2 }));
    mock.on(GetItemCommand).resolves({ Item: { ...encodeRow(row), writtenBy: { S: 'somebody' } } });
    expect(await store.commit([put(row)])).toEqual({ ok: false, failed });
  });

  it('gives a conflict with a transaction as no place at all', async () => {
    const conflict = awsError('TransactionConflictException');
    mock.on(PutItemCommand).rejects(conflict).on(DeleteItemCommand).rejects(conflict);
    expect(await store.commit([put(sample.item())])).toEqual({ ok: false, failed: [] });
    expect(await store.commit([{ op: 'discard', key: sample.item() }])).toEqual({ ok: false, failed: [] });
  });

  it('does not promise that nothing was written when an earlier attempt may have been', async () => {
    mock.on(DeleteItemCommand).rejects(awsError('TransactionConflictException', { attempts: 2 }));
    await expect(store.commit([{ op: 'discard', key: sample.item() }])).rejects.toThrow(UnavailableError);
    mock.on(TransactWriteItemsCommand).rejects(awsError('TransactionInProgressException', { attempts: 3 }));
    await expect(store.commit([put(sample.item()), put(sample.item())])).rejects.toThrow(UnavailableError);
  });

  it.each<[string[], number[]]>([
    [
      ['ConditionalCheckFailed', 'None', 'ConditionalCheckFailed'],
      [0, 2],
    ],
    [['None', 'TransactionConflict', 'ConditionalCheckFailed'], [2]],
    [['None', 'TransactionConflict', 'None'], []],
    [['ThrottlingError', 'TransactionConflict', 'None'], []],
  ])('reads the reasons of a cancelled transaction: %j', async (codes, failed) => {
    mock.on(TransactWriteItemsCommand).rejects(cancelled(...codes));
    const changes = codes.map(() => put(sample.item()));
    expect(await store.commit(changes)).toEqual({ ok: false, failed });
  });

  it.each([['ThrottlingError'], ['ProvisionedThroughputExceeded']])(
    'takes a transaction cancelled for %s for an outage',
    async (code) => {
      mock.on(TransactWriteItemsCommand).rejects(cancelled('None', code));
      const result = store.commit([put(sample.item()), put(sample.item())]);
      await expect(result).rejects.toThrow(UnavailableError);
    },
  );

  it('leaves a transaction that was wrong in itself as a fault of the program', async () => {
    const fault = cancelled('None', 'ValidationError');
    mock.on(TransactWriteItemsCommand).rejects(fault);
    await expect(store.commit([put(sample.item()), put(sample.item())])).rejects.toBe(fault);
  });

  it('reads again, with growing pauses, when a write stood in the way', async () => {
    const [account, manifest] = [sample.account(), sample.manifest()];
    mock
      .on(TransactGetItemsCommand)
      .rejectsOnce(cancelled('None', 'TransactionConflict'))
      .rejectsOnce(cancelled('TransactionConflict', 'None'))
      .resolves({ Responses: [{ Item: encodeRow(account) }, { Item: encodeRow(manifest) }] });
    expect(await store.snapshot([account, manifest])).toEqual([account, manifest]);
    expect(pauses).toHaveLength(2);
    expect(pauses[0]).toBeGreaterThanOrEqual(5);
    expect(pauses[1]).toBeGreaterThanOrEqual(10);
  });

  it('gives up reading after 6 conflicts', async () => {
    mock.on(TransactGetItemsCommand).rejects(cancelled('TransactionConflict', 'None'));
    await expect(store.snapshot([sample.account(), sample.manifest()])).rejects.toThrow(UnavailableError);
    expect(mock.calls()).toHaveLength(6);
  });

  const calls: [string, () => Promise<unknown>][] = [
    ['dynamodb:GetItem', () => store.get(sample.item())],
    ['dynamodb:TransactGetItems', () => store.snapshot([sample.item(), sample.account()])],
    ['dynamodb:Query', () => store.list(sample.item().accountId, 'item', { limit: 1 })],
    ['dynamodb:Query', () => store.due(1, '2026-11-24', NOW, null, 1)],
    ['dynamodb:Query', () => store.remains(sample.item().accountId, null, 1)],
    ['dynamodb:Query', () => store.activityUnder(sample.item().accountId, 1, 1)],
    ['dynamodb:PutItem', () => store.commit([put(sample.item())])],
    ['dynamodb:DeleteItem', () => store.commit([{ op: 'discard', key: sample.item() }])],
    ['dynamodb:TransactWriteItems', () => store.commit([put(sample.item()), put(sample.item())])],
  ];

  describe.each(calls)('at %s', (name, call) => {
    it.each(OUTAGES)('turns %s into UnavailableError', async (_what, error) => {
      mock.onAnyCommand().rejects(error);
      const result = call();
      await expect(result).rejects.toThrow(UnavailableError);
      await expect(result).rejects.toMatchObject({ message: `${name} is unavailable`, cause: error });
    });

    it('leaves a wrong request as a fault of the program', async () => {
      const error = awsError('ValidationException', { httpStatusCode: 400 });
      mock.onAnyCommand().rejects(error);
      await expect(call()).rejects.toBe(error);
    });
  });

  it('keeps a row that is odd apart from an outage', async () => {
    const row = sample.item();
    mock.on(GetItemCommand).resolves({ Item: { ...encodeRow(row), sealed: { S: 'x' } } });
    mock.on(QueryCommand).resolves({ Items: [{ ...encodeRow(row), version: { S: '1' } }] });
    await expect(store.get(row)).rejects.toThrow(IntegrityError);
    await expect(store.list(row.accountId, 'item', { limit: 1 })).rejects.toThrow(IntegrityError);
    mock.on(QueryCommand).resolves({ Items: [{ ...encodeRow(sample.activity()), sealed: { S: 'x' } }] });
    await expect(store.activityUnder(row.accountId, 2, 1)).rejects.toThrow(IntegrityError);
  });
});
