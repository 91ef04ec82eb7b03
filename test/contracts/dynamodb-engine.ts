import {
  ConditionalCheckFailedException,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  DynamoDBClient,
  IdempotentParameterMismatchException,
  ResourceNotFoundException,
  TransactionCanceledException,
  UpdateTimeToLiveCommand,
} from '@aws-sdk/client-dynamodb';
import {
  BatchGetCommand,
  BatchWriteCommand,
  DeleteCommand,
  DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
  type QueryCommandInput,
  ScanCommand,
  TransactGetCommand,
  TransactWriteCommand,
  type TransactWriteCommandInput,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { ensureTable } from '../../local/table.ts';

export interface RunningDynamoDb {
  readonly endpoint: string;
  close(): Promise<void>;
}

/** A client of an engine on this machine that tries each call once. */
export function dynamoDbClient(endpoint: string): DynamoDBClient {
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  return new DynamoDBClient({ endpoint, region: 'us-east-1', credentials, maxAttempts: 1 });
}

const TABLE = 'Contract';
const SUBJECT = {
  a_text: 'middle',
  a_empty: '',
  a_number: 10,
  a_yes: true,
  a_no: false,
  a_nothing: null,
  a_bytes: Uint8Array.of(0xff, 0x00, 0x80),
  a_texts: new Set(['a', 'b']),
  a_numbers: new Set([1, 2]),
  a_list: ['zero', 1, { deep: 'value' }],
  a_map: { a: 1, b: { c: ['x'] } },
};

type Operation = NonNullable<TransactWriteCommandInput['TransactItems']>[number];
type Values = Record<string, unknown>;

/** What the vault asks of DynamoDB, held against one engine: the emulator, Amazon's own, or the service itself. */
export function describeDynamoDbEngine(name: string, start: () => Promise<RunningDynamoDb>): void {
  describe(name, () => {
    let engine: RunningDynamoDb;
    let client: DynamoDBClient;
    let documents: DynamoDBDocumentClient;
    let pk: string;
    let partitions = 0;

    beforeAll(async () => {
      engine = await start();
      client = dynamoDbClient(engine.endpoint);
      documents = DynamoDBDocumentClient.from(client);
      await ensureTable(client, TABLE);
    }, 40_000);

    afterAll(async () => {
      client.destroy();
      await engine.close();
    });

    beforeEach(() => {
      partitions += 1;
      pk = `P#${partitions}`;
    });

    const key = (sk: string): { pk: string; sk: string } => ({ pk, sk });
    const row = (sk: string, more: Values = {}): Values => ({ ...key(sk), ...more });
    const put = (sk: string, more: Values = {}): Operation => ({ Put: { TableName: TABLE, Item: row(sk, more) } });
    const store = async (sk: string, more: Values = {}): Promise<void> => {
      await documents.send(new PutCommand({ TableName: TABLE, Item: row(sk, more) }));
    };
    const load = async (sk: string): Promise<Values | undefined> => {
      const { Item } = await documents.send(new GetCommand({ TableName: TABLE, Key: key(sk), ConsistentRead: true }));
      return Item;
    };
    const transact = async (items: Operation[], token?: string): Promise<void> => {
      const ClientRequestToken = token === undefined ? {} : { ClientRequestToken: token };
      await documents.send(new TransactWriteCommand({ TransactItems: items, ...ClientRequestToken }));
    };
    const query = async (
      more: Partial<QueryCommandInput> = {},
    ): Promise<{ sks: unknown[]; last: Values | undefined }> => {
      const { Items = [], LastEvaluatedKey: last } = await documents.send(
        new QueryCommand({
          TableName: TABLE,
          KeyConditionExpression: 'pk = :pk',
          ExpressionAttributeValues: { ':pk': pk },
          ConsistentRead: true,
          ...more,
        }),
      );
      return { sks: Items.map((item) => item.sk as unknown), last };
    };
    const due = async (duePk: string, until: number): Promise<unknown[]> => {
      const { Items = [] } = await documents.send(
        new QueryCommand({
          TableName: TABLE,
          IndexName: 'due',
          KeyConditionExpression: 'duePk = :shard AND dueAt <= :until',
          ExpressionAttributeValues: { ':shard': duePk, ':until': until },
        }),
      );
      return Items;
    };
    const refusal = async (task: Promise<unknown>): Promise<Error> => {
      const outcome = await task.then(
        () => null,
        (error: unknown) => error,
      );
      if (outcome instanceof Error) return outcome;
      throw new Error('it was not refused');
    };
    const reasons = async (task: Promise<unknown>): Promise<(string | undefined)[]> => {
      const error = await refusal(task);
      if (!(error instanceof TransactionCanceledException)) throw error;
      return (error.CancellationReasons ?? []).map(({ Code }) => Code);
    };

    describe('the table', () => {
      it('is made once, however often and at once it is asked for', async () => {
        await Promise.all([ensureTable(client, 'Twice'), ensureTable(client, 'Twice')]);
        await ensureTable(client, 'Twice');
        const { Table } = await client.send(new DescribeTableCommand({ TableName: 'Twice' }));
        expect(Table?.KeySchema).toEqual([
          { AttributeName: 'pk', KeyType: 'HASH' },
          { AttributeName: 'sk', KeyType: 'RANGE' },
        ]);
        expect(Table?.GlobalSecondaryIndexes?.[0]).toMatchObject({
          IndexName: 'due',
          Projection: { ProjectionType: 'KEYS_ONLY' },
        });
      });

      it('has its time to live on, and refuses to turn it on again', async () => {
        const { TimeToLiveDescription: ttl } = await client.send(new DescribeTimeToLiveCommand({ TableName: TABLE }));
        expect(ttl).toMatchObject({ TimeToLiveStatus: 'ENABLED', AttributeName: 'ttl' });
        for (const [AttributeName, Enabled] of [
          ['ttl', true],
          ['other', true],
          ['other', false],
        ] as const) {
          const TimeToLiveSpecification = { AttributeName, Enabled };
          const again = client.send(new UpdateTimeToLiveCommand({ TableName: TABLE, TimeToLiveSpecification }));
          expect(await refusal(again)).toMatchObject({ name: 'ValidationException' });
        }
      });

      it('is missed by every call that names another', async () => {
        const other = { TableName: 'Missing' };
        for (const call of [
          () => documents.send(new GetCommand({ ...other, Key: key('a') })),
          () => documents.send(new PutCommand({ ...other, Item: row('a') })),
          () => documents.send(new TransactWriteCommand({ TransactItems: [{ Put: { ...other, Item: row('a') } }] })),
          () => documents.send(new TransactGetCommand({ TransactItems: [{ Get: { ...other, Key: key('a') } }] })),
          () => client.send(new DescribeTimeToLiveCommand(other)),
        ]) {
          expect(await refusal(call())).toBeInstanceOf(ResourceNotFoundException);
        }
      });
    });

    describe('a single write', () => {
      it('gives back every type as it was stored', async () => {
        await store('a', SUBJECT);
        expect(await load('a')).toEqual(row('a', SUBJECT));
      });

      it('answers null for what is not there', async () => {
        expect(await load('a')).toBeUndefined();
      });

      it('replaces, updates and removes, and answers with what was or is', async () => {
        const base = { TableName: TABLE };
        await store('a', { n: 1 });
        const replaced = new PutCommand({ ...base, Item: row('a', { n: 2, old: true }), ReturnValues: 'ALL_OLD' });
        expect((await documents.send(replaced)).Attributes).toEqual(row('a', { n: 1 }));
        const updated = new UpdateCommand({
          ...base,
          Key: key('a'),
          UpdateExpression: 'SET n = n + :one REMOVE #old',
          ExpressionAttributeNames: { '#old': 'old' },
          ExpressionAttributeValues: { ':one': 1 },
          ReturnValues: 'ALL_NEW',
        });
        expect((await documents.send(updated)).Attributes).toEqual(row('a', { n: 3 }));
        const removed = new DeleteCommand({ ...base, Key: key('a'), ReturnValues: 'ALL_OLD' });
        expect((await documents.send(removed)).Attributes).toEqual(row('a', { n: 3 }));
        expect((await documents.send(removed)).Attributes).toBeUndefined();
      });

      it('leaves the item alone where its condition fails, and shows it when asked to', async () => {
        await store('a', { n: 1 });
        const conditional = { TableName: TABLE, ConditionExpression: 'attribute_not_exists(pk)' };
        const silent = await refusal(documents.send(new PutCommand({ ...conditional, Item: row('a', { n: 2 }) })));
        expect(silent).toBeInstanceOf(ConditionalCheckFailedException);
        expect(silent).toHaveProperty('Item', undefined);
        const showing = { ...conditional, ReturnValuesOnConditionCheckFailure: 'ALL_OLD' } as const;
        for (const call of [
          () => documents.send(new PutCommand({ ...showing, Item: row('a', { n: 2 }) })),
          () => documents.send(new DeleteCommand({ ...showing, Key: key('a') })),
          () => documents.send(new UpdateCommand({ ...showing, Key: key('a'), UpdateExpression: 'REMOVE n' })),
        ]) {
          const error = await refusal(call());
          if (!(error instanceof ConditionalCheckFailedException)) throw error;
          expect(error.Item).toEqual({ pk: { S: pk }, sk: { S: 'a' }, n: { N: '1' } });
        }
        expect(await load('a')).toEqual(row('a', { n: 1 }));
      });

      it.each([
        ['an item of 400 KB, measured in UTF-8', { text: 'é'.repeat(204_800) }],
        ['an empty key of an index', { duePk: '', dueAt: 1 }],
        ['a key of an index of another type', { duePk: 'shard', dueAt: 'soon' }],
      ])('refuses %s', async (_what, more) => {
        expect(await refusal(store('a', more))).toMatchObject({ name: 'ValidationException' });
        expect(await load('a')).toBeUndefined();
      });

      it('takes an item of just 400 KB', async () => {
        // The attribute names and the keys count as well.
        const length = 409_600 - 'pk'.length - pk.length - 'sk'.length - 'a'.length - 'b'.length;
        await store('a', { b: new Uint8Array(length) });
        expect((await load('a'))?.b).toHaveProperty('length', length);
      });

      it('lets one of many writers at once through a condition', async () => {
        await store('a', { version: 0 });
        const tries = Array.from({ length: 10 }, async (_, i) =>
          documents.send(
            new PutCommand({
              TableName: TABLE,
              Item: row('a', { version: 1, by: i }),
              ConditionExpression: 'version = :was',
              ExpressionAttributeValues: { ':was': 0 },
            }),
          ),
        );
        const outcomes = await Promise.allSettled(tries);
        expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      });
    });

    describe('a condition', () => {
      const conditions: [expression: string, values: Values | null, holds: boolean][] = [
        ['attribute_exists(pk)', null, true],
        ['attribute_exists(a_no)', null, true],
        ['attribute_exists(a_gone)', null, false],
        ['attribute_not_exists(a_gone)', null, true],
        ['attribute_not_exists(a_nothing)', null, false],
        ['a_text = :v', { ':v': 'middle' }, true],
        ['a_text = :v', { ':v': 'Middle' }, false],
        ['a_empty = :v', { ':v': '' }, true],
        ['a_gone = :v', { ':v': 'x' }, false],
        ['a_gone <> :v', { ':v': 'x' }, true],
        ['a_text <> :v', { ':v': 10 }, true],
        ['a_number = :v', { ':v': 10 }, true],
        ['a_number = :v', { ':v': '10' }, false],
        ['a_number > :v', { ':v': 9 }, true],
        ['a_number >= :v', { ':v': 10 }, true],
        ['a_number < :v', { ':v': 10 }, false],
        ['a_number <= :v', { ':v': 10.5 }, true],
        ['a_number < :v', { ':v': 'z' }, false],
        ['a_number BETWEEN :v AND :w', { ':v': 9, ':w': 10 }, true],
        ['a_number BETWEEN :v AND :w', { ':v': 11, ':w': 12 }, false],
        ['a_number IN (:v, :w)', { ':v': 9, ':w': 10 }, true],
        ['a_no IN (:v, :w)', { ':v': true, ':w': false }, true],
        ['a_text > :v', { ':v': 'a' }, true],
        ['a_text < :v', { ':v': '\u{1f600}' }, true],
        ['a_no = :v', { ':v': false }, true],
        ['a_yes = :v', { ':v': false }, false],
        ['a_nothing = :v', { ':v': null }, true],
        ['a_bytes = :v', { ':v': Uint8Array.of(0xff, 0x00, 0x80) }, true],
        ['a_bytes = :v', { ':v': Uint8Array.of(0xff, 0x00, 0x81) }, false],
        ['a_bytes < :v', { ':v': Uint8Array.of(0xff, 0x01) }, true],
        ['begins_with(a_bytes, :v)', { ':v': Uint8Array.of(0xff) }, true],
        ['begins_with(a_bytes, :v)', { ':v': Uint8Array.of(0xfe) }, false],
        ['begins_with(a_text, :v)', { ':v': 'mid' }, true],
        ['begins_with(a_text, :v)', { ':v': 'id' }, false],
        ['contains(a_text, :v)', { ':v': 'ddl' }, true],
        ['contains(a_texts, :v)', { ':v': 'a' }, true],
        ['contains(a_texts, :v)', { ':v': 'c' }, false],
        ['contains(a_numbers, :v)', { ':v': 2 }, true],
        ['contains(a_list, :v)', { ':v': 1 }, true],
        ['contains(a_list, :v)', { ':v': { deep: 'value' } }, true],
        ['a_texts = :v', { ':v': new Set(['b', 'a']) }, true],
        ['a_list = :v', { ':v': ['zero', 1, { deep: 'value' }] }, true],
        ['a_list = :v', { ':v': ['zero', 1, { deep: 'other' }] }, false],
        ['a_map = :v', { ':v': { b: { c: ['x'] }, a: 1 } }, true],
        ['a_map <> :v', { ':v': { a: 1, b: { c: ['x'] } } }, false],
        ['a_list[2].deep = :v', { ':v': 'value' }, true],
        ['a_map.b.c[0] = :v', { ':v': 'x' }, true],
        ['attribute_exists(a_map.b.d)', null, false],
        ['size(a_text) = :v', { ':v': 6 }, true],
        ['size(a_empty) = :v', { ':v': 0 }, true],
        ['size(a_bytes) = :v', { ':v': 3 }, true],
        ['size(a_list) > :v', { ':v': 2 }, true],
        ['size(a_map) = :v', { ':v': 2 }, true],
        ['attribute_type(a_no, :v)', { ':v': 'BOOL' }, true],
        ['attribute_type(a_empty, :v)', { ':v': 'S' }, true],
        ['attribute_type(a_nothing, :v)', { ':v': 'NULL' }, true],
        ['attribute_type(a_texts, :v)', { ':v': 'NS' }, false],
        ['NOT a_no = :v', { ':v': false }, false],
        ['attribute_exists(a_gone) OR a_number = :v', { ':v': 10 }, true],
        ['attribute_exists(a_text) AND NOT (a_number = :v OR a_yes = :w)', { ':v': 1, ':w': false }, true],
        ['a_gone = a_missing', null, false],
      ];

      it.each(conditions)('%s with %j: %s', async (expression, values, holds) => {
        await store('subject', SUBJECT);
        const check: Operation = {
          ConditionCheck: {
            TableName: TABLE,
            Key: key('subject'),
            ConditionExpression: expression,
            ...(values === null ? {} : { ExpressionAttributeValues: values }),
          },
        };
        const outcome = transact([check, put('beside')]);
        if (holds) await outcome;
        else expect(await reasons(outcome)).toEqual(['ConditionalCheckFailed', 'None']);
        expect(await load('beside')).toEqual(holds ? row('beside') : undefined);
        expect(await load('subject')).toEqual(row('subject', SUBJECT));
      });
    });

    describe('an update', () => {
      const updates: [expression: string, values: Values | null, after: Values][] = [
        ['SET n = :v', { ':v': 2 }, { n: 2 }],
        ['SET n = n + :v', { ':v': 2 }, { n: 12 }],
        ['SET n = n - :v', { ':v': 2 }, { n: 8 }],
        ['SET n = if_not_exists(n, :v)', { ':v': 2 }, { n: 10 }],
        ['SET fresh = if_not_exists(fresh, :v) + :v', { ':v': 2 }, { fresh: 4 }],
        ['SET twin = n, n = :v', { ':v': 2 }, { twin: 10, n: 2 }],
        ['SET l = list_append(l, :v)', { ':v': ['c'] }, { l: ['a', 'b', 'c'] }],
        ['SET l[0] = :v', { ':v': 'z' }, { l: ['z', 'b'] }],
        ['SET m.x = :v', { ':v': 2 }, { m: { x: 2, y: 1 } }],
        ['REMOVE l[0], l[1]', null, { l: [] }],
        ['REMOVE m.x', null, { m: { y: 1 } }],
        ['REMOVE n', null, { n: undefined }],
        ['ADD n :v', { ':v': 2 }, { n: 12 }],
        ['ADD fresh :v', { ':v': 2 }, { fresh: 2 }],
        ['ADD texts :v', { ':v': new Set(['c']) }, { texts: new Set(['a', 'b', 'c']) }],
        ['DELETE texts :v', { ':v': new Set(['a']) }, { texts: new Set(['b']) }],
        ['DELETE texts :v', { ':v': new Set(['a', 'b']) }, { texts: undefined }],
        ['SET a = :v REMOVE n ADD fresh :w', { ':v': 'x', ':w': 1 }, { a: 'x', n: undefined, fresh: 1 }],
      ];
      const BEFORE = { n: 10, l: ['a', 'b'], m: { x: 1, y: 1 }, texts: new Set(['a', 'b']) };

      it.each(updates)('%s with %j', async (UpdateExpression, values, after) => {
        const update = {
          TableName: TABLE,
          UpdateExpression,
          ...(values === null ? {} : { ExpressionAttributeValues: values }),
        };
        await Promise.all([store('alone', BEFORE), store('together', BEFORE)]);
        await documents.send(new UpdateCommand({ ...update, Key: key('alone') }));
        await transact([{ Update: { ...update, Key: key('together') } }, put('beside')]);
        const all: Values = { ...BEFORE, ...after };
        const expected = Object.entries(all).filter(([, value]) => value !== undefined);
        expect(await load('alone')).toEqual(row('alone', Object.fromEntries(expected)));
        expect(await load('together')).toEqual(row('together', Object.fromEntries(expected)));
      });

      it('makes an item that was not there', async () => {
        const values = { ':v': 1 };
        const update = { TableName: TABLE, UpdateExpression: 'SET n = :v', ExpressionAttributeValues: values };
        await transact([{ Update: { ...update, Key: key('a') } }]);
        expect(await load('a')).toEqual(row('a', { n: 1 }));
      });
    });

    describe('a transaction', () => {
      it('writes, updates, removes and checks all together', async () => {
        await Promise.all([store('update', { n: 1 }), store('delete'), store('check', { n: 1 })]);
        await transact([
          put('put', { n: 1 }),
          {
            Update: {
              TableName: TABLE,
              Key: key('update'),
              UpdateExpression: 'SET n = :new',
              ConditionExpression: 'n = :old',
              ExpressionAttributeValues: { ':new': 2, ':old': 1 },
            },
          },
          { Delete: { TableName: TABLE, Key: key('delete'), ConditionExpression: 'attribute_exists(pk)' } },
          { ConditionCheck: { TableName: TABLE, Key: key('check'), ConditionExpression: 'attribute_exists(pk)' } },
          { ConditionCheck: { TableName: TABLE, Key: key('gone'), ConditionExpression: 'attribute_not_exists(pk)' } },
        ]);
        expect(await query()).toEqual({ sks: ['check', 'put', 'update'], last: undefined });
        expect(await load('update')).toEqual(row('update', { n: 2 }));
      });

      it('writes nothing where one condition fails, and names each place', async () => {
        await store('there', { n: 1 });
        const conditional = (sk: string, more: object): Operation => ({
          Put: { TableName: TABLE, Item: row(sk, { n: 2 }), ConditionExpression: 'attribute_not_exists(pk)', ...more },
        });
        const error = await refusal(
          transact([
            put('first'),
            conditional('there', { ReturnValuesOnConditionCheckFailure: 'ALL_OLD' }),
            conditional('fresh', { ReturnValuesOnConditionCheckFailure: 'ALL_OLD' }),
          ]),
        );
        if (!(error instanceof TransactionCanceledException)) throw error;
        expect(error.message).toContain('[None, ConditionalCheckFailed, None]');
        expect(error.CancellationReasons).toEqual([
          { Code: 'None' },
          {
            Code: 'ConditionalCheckFailed',
            Message: 'The conditional request failed',
            Item: { pk: { S: pk }, sk: { S: 'there' }, n: { N: '1' } },
          },
          { Code: 'None' },
        ]);
        expect((await query()).sks).toEqual(['there']);
        expect(await load('there')).toEqual(row('there', { n: 1 }));
      });

      it('shows no item that it was not asked to show', async () => {
        await store('there', { n: 1 });
        const check = { TableName: TABLE, Key: key('there'), ConditionExpression: 'attribute_not_exists(pk)' };
        const error = await refusal(transact([{ ConditionCheck: check }]));
        expect(error).toMatchObject({ CancellationReasons: [{ Code: 'ConditionalCheckFailed' }] });
        expect(error).not.toHaveProperty('CancellationReasons.0.Item');
      });

      it('cancels for an index key of another type', async () => {
        expect(await reasons(transact([put('a'), put('b', { duePk: 'shard', dueAt: 'soon' })]))).toEqual([
          'None',
          'ValidationError',
        ]);
        expect((await query()).sks).toEqual([]);
      });

      it('takes 100 operations', async () => {
        await transact(Array.from({ length: 100 }, (_, i) => put(`${1000 + i}`)));
        expect((await query()).sks).toHaveLength(100);
      });

      const refusals: [what: string, items: () => Operation[]][] = [
        ['no operation', () => []],
        ['101 operations', () => Array.from({ length: 101 }, (_, i) => put(`${i}`))],
        ['an item twice', () => [put('a'), put('a')]],
        [
          'an item written and checked',
          () => [
            put('a'),
            { ConditionCheck: { TableName: TABLE, Key: key('a'), ConditionExpression: 'attribute_exists(pk)' } },
          ],
        ],
        ['two operations in one place', () => [{ ...put('a'), Delete: { TableName: TABLE, Key: key('b') } }]],
        ['a place without an operation', () => [{}]],
        ['over 4 MB', () => Array.from({ length: 11 }, (_, i) => put(`${i}`, { b: new Uint8Array(390_000) }))],
        ['an item over 400 KB', () => [put('a'), put('b', { b: new Uint8Array(409_600) })]],
        [
          'a condition that is none',
          () => [{ Put: { TableName: TABLE, Item: row('a'), ConditionExpression: 'attribute_exists(' } }],
        ],
        [
          'a value that no expression uses',
          () => [
            {
              Put: {
                TableName: TABLE,
                Item: row('a'),
                ConditionExpression: 'attribute_not_exists(pk)',
                ExpressionAttributeValues: { ':unused': 1 },
              },
            },
          ],
        ],
      ];
      it.each(refusals)('refuses %s', async (_what, items) => {
        expect(await refusal(transact(items()))).toMatchObject({ name: 'ValidationException' });
        expect((await query()).sks).toEqual([]);
      });

      it('takes up to 4 MB', async () => {
        await transact(Array.from({ length: 10 }, (_, i) => put(`${i}`, { b: new Uint8Array(400_000) })));
        expect((await query({ Select: 'ALL_ATTRIBUTES', Limit: 2 })).sks).toEqual(['0', '1']);
      });

      it('counts each of many that run at once', async () => {
        await store('counter', { n: 0 });
        const lanes = Array.from({ length: 4 }, async (_, lane) => {
          for (let done = 0; done < 5; ) {
            try {
              const n = Number((await load('counter'))?.n);
              await transact([
                {
                  Update: {
                    TableName: TABLE,
                    Key: key('counter'),
                    UpdateExpression: 'SET n = :next',
                    ConditionExpression: 'n = :n',
                    ExpressionAttributeValues: { ':n': n, ':next': n + 1 },
                  },
                },
                put(`mark-${n}`, { lane }),
              ]);
              done += 1;
            } catch (error) {
              if (!(error instanceof TransactionCanceledException)) throw error;
            }
          }
        });
        await Promise.all(lanes);
        expect(await load('counter')).toEqual(row('counter', { n: 20 }));
        expect((await query()).sks).toHaveLength(21);
      });
    });

    describe('a token', () => {
      it('lets a transaction take effect once', async () => {
        const token = `once-${pk}`;
        await transact([put('a', { n: 1 })], token);
        await store('a', { n: 2 });
        await transact([put('a', { n: 1 })], token);
        expect(await load('a')).toEqual(row('a', { n: 2 }));
      });

      it('holds for a transaction whose condition no longer would', async () => {
        const once = { TableName: TABLE, Item: row('a'), ConditionExpression: 'attribute_not_exists(pk)' };
        await transact([{ Put: once }], `again-${pk}`);
        await transact([{ Put: once }], `again-${pk}`);
        expect(await reasons(transact([{ Put: once }], `other-${pk}`))).toEqual(['ConditionalCheckFailed']);
      });

      it('is refused with other content', async () => {
        const token = `mismatch-${pk}`;
        await transact([put('a', { n: 1 })], token);
        expect(await refusal(transact([put('a', { n: 2 })], token))).toBeInstanceOf(
          IdempotentParameterMismatchException,
        );
        expect(await load('a')).toEqual(row('a', { n: 1 }));
      });

      it('has 1 to 36 characters', async () => {
        const long = transact([put('a')], 'x'.repeat(37));
        expect(await refusal(long)).toMatchObject({ name: 'ValidationException' });
      });
    });

    describe('a transaction of reads', () => {
      const snapshot = async (sks: string[], more: object = {}): Promise<(Values | undefined)[]> => {
        const TransactItems = sks.map((sk) => ({ Get: { TableName: TABLE, Key: key(sk), ...more } }));
        const { Responses = [] } = await documents.send(new TransactGetCommand({ TransactItems }));
        return Responses.map(({ Item }) => Item);
      };

      it('answers in order, with nothing for what is not there', async () => {
        await Promise.all([store('a', { n: 1 }), store('b', { n: 2 })]);
        expect(await snapshot(['b', 'gone', 'a'])).toEqual([row('b', { n: 2 }), undefined, row('a', { n: 1 })]);
        expect(await snapshot(['a'], { ProjectionExpression: 'n' })).toEqual([{ n: 1 }]);
      });

      it('never sees half of a transaction', async () => {
        const write = async (n: number): Promise<void> => transact([put('a', { n }), put('b', { n })]);
        // The service itself may cancel either side for the other's sake.
        const unlessCancelled = async <T>(task: Promise<T>): Promise<T | null> =>
          task.catch((error: unknown) => {
            if (error instanceof TransactionCanceledException) return null;
            throw error;
          });
        await write(0);
        const writer = { done: false };
        const written = (async () => {
          for (let n = 1; n <= 15; n++) await unlessCancelled(write(n));
        })().finally(() => {
          writer.done = true;
        });
        while (!writer.done) {
          const seen = await unlessCancelled(snapshot(['a', 'b']));
          expect(seen?.[0]?.n).toBe(seen?.[1]?.n);
        }
        await written;
      });

      it.each([
        ['no read', () => []],
        ['101 reads', () => Array.from({ length: 101 }, (_, i) => `${i}`)],
        ['an item twice', () => ['a', 'a']],
      ])('refuses %s', async (_what, sks) => {
        expect(await refusal(snapshot(sks()))).toMatchObject({ name: 'ValidationException' });
      });
    });

    describe('a query', () => {
      const SKS = ['A', 'I#1', 'I#2', 'I#3', 'J#1', 'é'];
      beforeEach(async () => {
        await Promise.all(SKS.map((sk) => store(sk)));
      });

      it('goes through a partition in order of UTF-8, both ways', async () => {
        expect((await query()).sks).toEqual(SKS);
        expect((await query({ ScanIndexForward: false })).sks).toEqual(SKS.toReversed());
      });

      it.each([
        ['begins_with(sk, :a)', { ':a': 'I#' }, ['I#1', 'I#2', 'I#3']],
        ['sk BETWEEN :a AND :b', { ':a': 'I#2', ':b': 'J#1' }, ['I#2', 'I#3', 'J#1']],
        ['sk > :a', { ':a': 'I#3' }, ['J#1', 'é']],
        ['sk >= :a', { ':a': 'I#3' }, ['I#3', 'J#1', 'é']],
        ['sk < :a', { ':a': 'I#2' }, ['A', 'I#1']],
        ['sk <= :a', { ':a': 'I#2' }, ['A', 'I#1', 'I#2']],
        ['sk = :a', { ':a': 'I#2' }, ['I#2']],
      ])('finds %s with %j', async (range, values, sks) => {
        const more = {
          KeyConditionExpression: `pk = :pk AND ${range}`,
          ExpressionAttributeValues: { ':pk': pk, ...values },
        };
        expect((await query(more)).sks).toEqual(sks);
        expect((await query({ ...more, ScanIndexForward: false })).sks).toEqual(sks.toReversed());
      });

      it.each([true, false])('pages without loss or repetition (forward: %s)', async (ScanIndexForward) => {
        const seen: unknown[] = [];
        let last: Values | undefined;
        do {
          const start = last === undefined ? {} : { ExclusiveStartKey: last };
          const page = await query({
            KeyConditionExpression: 'pk = :pk AND begins_with(sk, :prefix)',
            ExpressionAttributeValues: { ':pk': pk, ':prefix': 'I#' },
            Limit: 2,
            ScanIndexForward,
            ...start,
          });
          expect(page.sks.length).toBeLessThanOrEqual(2);
          seen.push(...page.sks);
          last = page.last;
        } while (last !== undefined);
        expect(seen).toEqual(ScanIndexForward ? ['I#1', 'I#2', 'I#3'] : ['I#3', 'I#2', 'I#1']);
      });

      it('ends a page near 1 MB', async () => {
        await transact(Array.from({ length: 6 }, (_, i) => put(`Z#${i}`, { b: new Uint8Array(300_000) })));
        const page = await query({
          KeyConditionExpression: 'pk = :pk AND begins_with(sk, :prefix)',
          ExpressionAttributeValues: { ':pk': pk, ':prefix': 'Z#' },
        });
        expect(page.sks.length).toBeGreaterThanOrEqual(3);
        expect(page.sks.length).toBeLessThanOrEqual(4);
        expect(page.last).toEqual(key(`Z#${page.sks.length - 1}`));
      });
    });

    describe('the index', () => {
      it('follows every way to write an item, in order of time, and holds keys only', async () => {
        const shard = `shard-${pk}`;
        const entry = (sk: string, dueAt: number): Values => ({ ...key(sk), duePk: shard, dueAt });
        await store('a', { duePk: shard, dueAt: 30, more: 'not in the index' });
        await transact([put('b', { duePk: shard, dueAt: 9 }), put('c', { duePk: shard, dueAt: 100 }), put('d')]);
        expect(await due(shard, 99)).toEqual([entry('b', 9), entry('a', 30)]);

        const later = { UpdateExpression: 'SET dueAt = :at', ExpressionAttributeValues: { ':at': 50 } };
        await documents.send(new UpdateCommand({ TableName: TABLE, Key: key('b'), ...later }));
        expect(await due(shard, 99)).toEqual([entry('a', 30), entry('b', 50)]);

        await transact([
          { Update: { TableName: TABLE, Key: key('a'), UpdateExpression: 'REMOVE duePk, dueAt' } },
          { Delete: { TableName: TABLE, Key: key('c') } },
        ]);
        await store('b');
        expect(await due(shard, 1000)).toEqual([]);
      });
    });

    describe('a batch and a scan', () => {
      it('write, read and remove many', async () => {
        await store('old');
        await documents.send(
          new BatchWriteCommand({
            RequestItems: {
              [TABLE]: [
                { PutRequest: { Item: row('a', { n: 1 }) } },
                { PutRequest: { Item: row('b', { n: 2 }) } },
                { DeleteRequest: { Key: key('old') } },
              ],
            },
          }),
        );
        const { Responses } = await documents.send(
          new BatchGetCommand({
            RequestItems: { [TABLE]: { Keys: ['a', 'b', 'old'].map(key), ConsistentRead: true } },
          }),
        );
        expect(Responses?.[TABLE]).toHaveLength(2);
        expect(Responses?.[TABLE]).toEqual(expect.arrayContaining([row('a', { n: 1 }), row('b', { n: 2 })]));
        const found: Values[] = [];
        let last: Values | undefined;
        do {
          const { Items = [], LastEvaluatedKey } = await documents.send(
            new ScanCommand({
              TableName: TABLE,
              FilterExpression: 'pk = :pk AND n > :n',
              ExpressionAttributeValues: { ':pk': pk, ':n': 1 },
              ...(last === undefined ? {} : { ExclusiveStartKey: last }),
            }),
          );
          found.push(...Items);
          last = LastEvaluatedKey;
        } while (last !== undefined);
        expect(found).toEqual([row('b', { n: 2 })]);
      });

      it('refuse a batch that names an item twice', async () => {
        const requests = [{ PutRequest: { Item: row('a') } }, { DeleteRequest: { Key: key('a') } }];
        const twice = documents.send(new BatchWriteCommand({ RequestItems: { [TABLE]: requests } }));
        expect(await refusal(twice)).toMatchObject({ name: 'ValidationException' });
      });
    });
  });
}
