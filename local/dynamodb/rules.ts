import type { ItemRequest } from 'dynalite/actions/putItem.js';
import type { Item, Store } from 'dynalite/db/index.js';
import batchWriteItem from 'dynalite/validations/batchWriteItem.js';
import deleteItem from 'dynalite/validations/deleteItem.js';
import getItem from 'dynalite/validations/getItem.js';
import type { Rules, Types } from 'dynalite/validations/index.js';
import validations from 'dynalite/validations/index.js';
import putItem from 'dynalite/validations/putItem.js';
import updateItem from 'dynalite/validations/updateItem.js';

export interface TransactWriteRequest {
  TransactItems: Partial<Record<'Put' | 'Delete' | 'Update' | 'ConditionCheck', ItemRequest>>[];
  ClientRequestToken?: string;
  ReturnConsumedCapacity?: string;
}
export interface TransactGetRequest {
  TransactItems: { Get: ItemRequest & { Key: Item } }[];
  ReturnConsumedCapacity?: string;
}
export interface TimeToLiveRequest {
  TableName: string;
  TimeToLiveSpecification: { AttributeName: string; Enabled: boolean };
}

const CAPACITY = { type: 'String', enum: ['INDEXES', 'TOTAL', 'NONE'] };
const ON_FAILURE = { ReturnValuesOnConditionCheckFailure: { type: 'String', enum: ['ALL_OLD', 'NONE'] } };
const TABLE_NAME = { type: 'String', required: true, tableName: true, regex: '[a-zA-Z0-9_.-]+' };

/** The rules of the single writes, which dynalite holds without the answer to a failed condition. */
export const PUT = withFailureValues(putItem);
export const DELETE = withFailureValues(deleteItem);
export const UPDATE = withFailureValues(updateItem);
export const BATCH_WRITE = batchWriteItem;

export const TRANSACT_WRITE: Rules<TransactWriteRequest> = {
  types: {
    TransactItems: transactItems({
      ConditionCheck: operation('ConditionCheck', DELETE, { ConditionExpression: { type: 'String', notNull: true } }),
      Put: operation('Put', PUT),
      Delete: operation('Delete', DELETE),
      Update: operation('Update', UPDATE, { UpdateExpression: { type: 'String', notNull: true } }),
    }),
    ClientRequestToken: { type: 'String', lengthGreaterThanOrEqual: 1, lengthLessThanOrEqual: 36 },
    ReturnConsumedCapacity: CAPACITY,
  },
  custom: ({ TransactItems }, store) =>
    firstComplaint(TransactItems, (item) => {
      const { Put, Delete, Update, ConditionCheck } = item;
      const named = Object.keys(item);
      if (named.length > 1) return 'TransactItems can only contain one of Check, Put, Update or Delete';
      if (named.length === 0) {
        return 'Invalid Request: TransactWriteRequest should contain Delete or Put or Update request';
      }
      if (Put) return PUT.custom?.(Put, store);
      if (Update) return UPDATE.custom?.(Update, store);
      const keyed = Delete ?? ConditionCheck;
      return keyed && DELETE.custom?.(keyed, store);
    }),
};

export const TRANSACT_GET: Rules<TransactGetRequest> = {
  types: {
    TransactItems: transactItems({ Get: { ...operation('Get', getItem), notNull: true } }),
    ReturnConsumedCapacity: CAPACITY,
  },
  custom: ({ TransactItems }, store) => firstComplaint(TransactItems, ({ Get }) => getItem.custom?.(Get, store)),
};

export const UPDATE_TIME_TO_LIVE: Rules<TimeToLiveRequest> = {
  types: {
    TableName: TABLE_NAME,
    TimeToLiveSpecification: {
      type: 'FieldStruct<TimeToLiveSpecification>',
      notNull: true,
      children: {
        AttributeName: { type: 'String', notNull: true, lengthGreaterThanOrEqual: 1, lengthLessThanOrEqual: 255 },
        Enabled: { type: 'Boolean', notNull: true },
      },
    },
  },
};

export const DESCRIBE_TIME_TO_LIVE: Rules<{ TableName: string }> = { types: { TableName: TABLE_NAME } };

/** A body brought to the shape that the rules give. @throws Failure `SerializationException` or `ValidationException` */
export function checked<T>(body: unknown, rules: Rules<T>, store: Store): T {
  const request = validations.checkTypes<T>(body, rules.types);
  validations.checkValidations(request, rules.types, rules.custom ?? null, store);
  return request;
}

function withFailureValues(rules: Rules<ItemRequest>): Rules<ItemRequest> {
  return { ...rules, types: { ...rules.types, ...ON_FAILURE } };
}

function transactItems(children: Types): object {
  return {
    type: 'List',
    notNull: true,
    lengthGreaterThanOrEqual: 1,
    lengthLessThanOrEqual: 100,
    children: { type: 'ValueStruct<TransactItem>', children },
  };
}

/** One kind of operation of a transaction: the single call's rules, without what only that one has. */
function operation(name: string, { types }: Rules<ItemRequest>, more: Types = {}): { type: string; children: Types } {
  const single = new Set(['Expected', 'ConditionalOperator', 'AttributeUpdates', 'AttributesToGet', 'ConsistentRead']);
  const kept = Object.entries(types).filter(([member]) => !single.has(member) && !/^Return(?!ValuesOn)/.test(member));
  return { type: `FieldStruct<${name}>`, children: { ...Object.fromEntries(kept), ...more } };
}

function firstComplaint<T>(items: readonly T[], check: (item: T) => string | null | undefined): string | null {
  for (const item of items) {
    const complaint = check(item);
    if (complaint) return complaint;
  }
  return null;
}
