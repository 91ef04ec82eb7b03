import getItem from 'dynalite/actions/getItem.js';
import type { ItemRequest } from 'dynalite/actions/putItem.js';
import type { Failure, Item, Table } from 'dynalite/db/index.js';
import type { Engine } from './engine.ts';
import { failure, failureName, invalid, isFailure } from './failure.ts';
import { type Plan, planRead, planWrite, rowKey, type WriteKind } from './plan.ts';
import type { TransactGetRequest, TransactWriteRequest } from './rules.ts';
import { itemBytes, MAX_TRANSACTION_BYTES } from './size.ts';
import { digestOf, type Tokens, tokenKey } from './tokens.ts';
import { consumed } from './writes.ts';

/** A transaction costs twice what its operations cost alone. */
const CAPACITY_FACTOR = 2;

interface Step {
  readonly kind: WriteKind;
  readonly request: ItemRequest;
  readonly table: Table;
  /** Where the row lies, or why its key is none. */
  readonly key: string | Failure;
}

/** TransactWriteItems: all of 1 to 100 operations in one durable batch, or none. */
export async function transactWrite(engine: Engine, tokens: Tokens, request: TransactWriteRequest): Promise<object> {
  const { TransactItems, ClientRequestToken: token, ReturnConsumedCapacity: capacity } = request;
  const digest = digestOf(TransactItems);
  const steps = await Promise.all(TransactItems.map((item) => step(engine, item, capacity)));
  const keys = goodKeys(steps.map(({ key }) => key));

  return engine.exclusive(token === undefined ? keys : [tokenKey(token), ...keys], async () => {
    if (token !== undefined && tokens.spent(token, digest)) return {};
    const existing = await engine.read(keys);
    const plans = goodPlans(
      await Promise.all(
        steps.map(({ kind, request, table }, i) => orFailure(planWrite(kind, request, table, existing[i]))),
      ),
    );
    const bytes = plans.reduce((sum, { item }, i) => sum + itemBytes(item ?? steps[i]?.request.Key ?? {}), 0);
    if (bytes > MAX_TRANSACTION_BYTES) {
      throw invalid(`Transaction payload size cannot exceed 4MB. Payload Size: ${bytes}`);
    }
    const operations = plans.flatMap((plan) => plan.operations);
    if (token === undefined) await engine.commit(operations);
    else await tokens.commit(operations, token, digest);
    return consumed(
      plans.map(({ reply }) => reply),
      CAPACITY_FACTOR,
      capacity,
    );
  });
}

/** TransactGetItems: 1 to 100 items as they stood together at one moment. */
export async function transactGet(engine: Engine, request: TransactGetRequest): Promise<object> {
  const { TransactItems, ReturnConsumedCapacity: capacity } = request;
  const gets = await Promise.all(
    TransactItems.map(async ({ Get }) => {
      const table = await engine.table(Get.TableName);
      return {
        table,
        request: { ...withCapacity(Get, capacity), ConsistentRead: true },
        key: orWrong(() => rowKey(table, Get)),
      };
    }),
  );
  const existing = await engine.read(goodKeys(gets.map(({ key }) => key)));
  const replies = await Promise.all(
    gets.map(({ request, table }, i) => planRead(getItem, request, table, existing[i])),
  );
  const bytes = replies.reduce((sum, { Item }) => sum + itemBytes(Item ?? {}), 0);
  if (bytes > MAX_TRANSACTION_BYTES) throw invalid(`Payload in response is too large: ${bytes}`);
  return {
    Responses: replies.map(({ Item }): { Item?: Item } => (Item === undefined ? {} : { Item })),
    ...consumed(replies, CAPACITY_FACTOR, capacity),
  };
}

async function step(
  engine: Engine,
  { Put, Delete, Update, ConditionCheck }: TransactWriteRequest['TransactItems'][number],
  capacity: string | undefined,
): Promise<Step> {
  const kind = Put ? 'put' : Delete ? 'delete' : Update ? 'update' : 'check';
  const named = Put ?? Delete ?? Update ?? ConditionCheck;
  if (named === undefined) throw new Error('an operation passed its checks without being one');
  const table = await engine.table(named.TableName);
  const request = withCapacity(named, capacity);
  return { kind, request, table, key: orWrong(() => rowKey(table, request)) };
}

function withCapacity<T extends ItemRequest>(request: T, capacity: string | undefined): T {
  return capacity === undefined ? request : { ...request, ReturnConsumedCapacity: capacity };
}

function goodKeys(keys: readonly (string | Failure)[]): string[] {
  const good = goodOnes(keys);
  if (new Set(good).size < good.length) {
    throw invalid('Transaction request cannot include multiple operations on one item');
  }
  return good;
}

function goodPlans(plans: readonly (Plan | Failure)[]): Plan[] {
  return goodOnes(plans);
}

/** Values, when no failure is among them. @throws Failure `TransactionCanceledException` with a reason for each place */
function goodOnes<T>(outcomes: readonly (T | Failure)[]): T[] {
  const good: T[] = [];
  for (const outcome of outcomes) if (!isFailure(outcome)) good.push(outcome);
  if (good.length === outcomes.length) return good;
  const reasons = outcomes.map((outcome) => (isFailure(outcome) ? reason(outcome) : { Code: 'None' }));
  const codes = reasons.map(({ Code }) => Code).join(', ');
  throw failure(
    'TransactionCanceledException',
    `Transaction cancelled, please refer cancellation reasons for specific reasons [${codes}]`,
    { CancellationReasons: reasons },
  );
}

function reason(outcome: Failure): { Code: string; Message: string; Item?: unknown } {
  const { Item } = outcome.body;
  const Code =
    failureName(outcome) === 'ConditionalCheckFailedException' ? 'ConditionalCheckFailed' : 'ValidationError';
  return { Code, Message: outcome.message, ...(Item === undefined ? {} : { Item }) };
}

function orWrong<T>(task: () => T): T | Failure {
  try {
    return task();
  } catch (error) {
    if (isFailure(error)) return error;
    throw error;
  }
}

async function orFailure<T>(task: Promise<T>): Promise<T | Failure> {
  try {
    return await task;
  } catch (error) {
    if (isFailure(error)) return error;
    throw error;
  }
}
