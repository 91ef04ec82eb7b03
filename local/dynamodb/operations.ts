import batchGetItem from 'dynalite/actions/batchGetItem.js';
import createTable from 'dynalite/actions/createTable.js';
import deleteTable from 'dynalite/actions/deleteTable.js';
import describeTable from 'dynalite/actions/describeTable.js';
import getItem from 'dynalite/actions/getItem.js';
import listTables from 'dynalite/actions/listTables.js';
import listTagsOfResource from 'dynalite/actions/listTagsOfResource.js';
import type { Action, ItemRequest } from 'dynalite/actions/putItem.js';
import query from 'dynalite/actions/query.js';
import scan from 'dynalite/actions/scan.js';
import tagResource from 'dynalite/actions/tagResource.js';
import untagResource from 'dynalite/actions/untagResource.js';
import updateTable from 'dynalite/actions/updateTable.js';
import batchGetItemRules from 'dynalite/validations/batchGetItem.js';
import createTableRules from 'dynalite/validations/createTable.js';
import deleteTableRules from 'dynalite/validations/deleteTable.js';
import describeTableRules from 'dynalite/validations/describeTable.js';
import getItemRules from 'dynalite/validations/getItem.js';
import type { Rules } from 'dynalite/validations/index.js';
import listTablesRules from 'dynalite/validations/listTables.js';
import listTagsOfResourceRules from 'dynalite/validations/listTagsOfResource.js';
import queryRules from 'dynalite/validations/query.js';
import scanRules from 'dynalite/validations/scan.js';
import tagResourceRules from 'dynalite/validations/tagResource.js';
import untagResourceRules from 'dynalite/validations/untagResource.js';
import updateTableRules from 'dynalite/validations/updateTable.js';
import type { Engine } from './engine.ts';
import * as rules from './rules.ts';
import type { Tokens } from './tokens.ts';
import { transactGet, transactWrite } from './transactions.ts';
import { describeTimeToLive, updateTimeToLive } from './ttl.ts';
import { batchWrite, write } from './writes.ts';

/** What an operation answers to the JSON of a request. @throws Failure as DynamoDB answers */
export type Operation = (body: unknown) => Promise<unknown>;

/** Every operation by its name in `x-amz-target`: dynalite's reads and tables, and all that writes items our own. */
export function operations(engine: Engine, tokens: Tokens): ReadonlyMap<string, Operation> {
  const { store } = engine;
  const own = <T>(of: Rules<T>, task: (request: T) => Promise<unknown>): Operation => {
    return async (body) => task(rules.checked(body, of, store));
  };
  const dynalites = (of: Rules<ItemRequest>, action: Action): Operation =>
    own(
      of,
      (request) =>
        new Promise((resolve, reject) => {
          action(store, request, (error, reply) => {
            if (error) reject(error);
            else resolve(reply);
          });
        }),
    );
  return new Map<string, Operation>([
    ['PutItem', own(rules.PUT, (request) => write(engine, 'put', request))],
    ['DeleteItem', own(rules.DELETE, (request) => write(engine, 'delete', request))],
    ['UpdateItem', own(rules.UPDATE, (request) => write(engine, 'update', request))],
    ['BatchWriteItem', own(rules.BATCH_WRITE, (request) => batchWrite(engine, request))],
    ['TransactWriteItems', own(rules.TRANSACT_WRITE, (request) => transactWrite(engine, tokens, request))],
    ['TransactGetItems', own(rules.TRANSACT_GET, (request) => transactGet(engine, request))],
    ['UpdateTimeToLive', own(rules.UPDATE_TIME_TO_LIVE, (request) => updateTimeToLive(engine, request))],
    ['DescribeTimeToLive', own(rules.DESCRIBE_TIME_TO_LIVE, (request) => describeTimeToLive(engine, request))],
    ['BatchGetItem', dynalites(batchGetItemRules, batchGetItem)],
    ['CreateTable', dynalites(createTableRules, createTable)],
    ['DeleteTable', dynalites(deleteTableRules, deleteTable)],
    ['DescribeTable', dynalites(describeTableRules, describeTable)],
    ['GetItem', dynalites(getItemRules, getItem)],
    ['ListTables', dynalites(listTablesRules, listTables)],
    ['ListTagsOfResource', dynalites(listTagsOfResourceRules, listTagsOfResource)],
    ['Query', dynalites(queryRules, query)],
    ['Scan', dynalites(scanRules, scan)],
    ['TagResource', dynalites(tagResourceRules, tagResource)],
    ['UntagResource', dynalites(untagResourceRules, untagResource)],
    ['UpdateTable', dynalites(updateTableRules, updateTable)],
  ]);
}
