// What the emulator uses of dynalite 4, which brings no types of its own.

declare module 'dynalite/db/index.js' {
  import type { Readable } from 'node:stream';

  /** An attribute as it goes over the wire: one member, binary in base64, numbers as text. */
  export interface Attribute {
    S?: string;
    N?: string;
    B?: string;
    BOOL?: boolean;
    NULL?: boolean;
    SS?: string[];
    NS?: string[];
    BS?: string[];
    L?: Attribute[];
    M?: Item;
  }
  export type Item = Record<string, Attribute>;
  export type Path = (string | number)[];
  export type Operand = Path | Attribute | { type: 'function'; name: 'size'; args: Operand[] };
  /** A parsed condition. `and`, `or` and `not` hold expressions, all others operands. */
  export type Expression =
    | { type: 'and' | 'or' | 'not'; args: Expression[] }
    | { type: '=' | '<>' | '<' | '<=' | '>' | '>=' | 'between' | 'in'; args: Operand[] }
    | { type: 'function'; name: string; args: Operand[] };

  interface KeyElement {
    AttributeName: string;
  }
  export interface Index {
    IndexName: string;
    IndexStatus?: string;
    KeySchema: KeyElement[];
  }
  export interface Table {
    TableName: string;
    TableId: string;
    TableStatus: string;
    KeySchema: KeyElement[];
    GlobalSecondaryIndexes?: Index[];
    LocalSecondaryIndexes?: Index[];
  }

  /** A failure that is an answer. */
  export interface Failure extends Error {
    statusCode: number;
    body: { __type: string; message?: string; [more: string]: unknown };
  }
  export type Done<T> = (error: Failure | null, value?: T) => void;

  export type BatchOperation = { type: 'put'; key: string; value: unknown } | { type: 'del'; key: string };
  export interface Range {
    gte?: string;
    lt?: string;
  }
  export interface Level {
    open(): Promise<void>;
    close(): Promise<void>;
    getMany(keys: string[]): Promise<unknown[]>;
    batch(operations: BatchOperation[], options?: { sync: boolean }): Promise<void>;
    clear(range: Range): Promise<void>;
    iterator(range: Range): AsyncIterable<[key: string, value: unknown]>;
    values(range: object): AsyncIterable<unknown>;
    createValueStream(range: object): Readable;
  }
  export interface SubDb {
    lock(keys: string | string[], run: (release: <T>(done: T) => T) => void): void;
    get(key: string, done: Done<Item | undefined>): void;
    put(key: string, value: unknown, done: Done<void>): void;
    del(key: string, done: Done<void>): void;
  }
  /** The part of a store that the actions on single items see. */
  export interface ItemStore {
    readonly options: { maxItemSize: number };
    getTable(name: string, done: Done<Table>): void;
    getItemDb(table: string): SubDb;
    getIndexDb(kind: string, table: string, index: string): SubDb;
  }
  export interface Store extends ItemStore {
    readonly db: Level;
  }

  interface Db {
    create(options: { path?: string; createTableMs: number; deleteTableMs: number; updateTableMs: number }): Store;
    createKey(item: Item, table: Table): string;
    validateItem(item: Item, table: Table): Failure | null | undefined;
    validateKey(key: Item, table: Table): Failure | null | undefined;
    validationError(message: string): Failure;
    compare(comparison: string, left: Attribute, right: Attribute): boolean;
    mapPath(path: Path, item: Item): Attribute | null | undefined;
    itemSize(item: Item): number;
  }
  const db: Db;
  export default db;
}

declare module 'dynalite/validations/index.js' {
  import type { Store } from 'dynalite/db/index.js';

  export type Types = Record<string, object | string>;
  /** What a request must look like, and a check beyond that, which may answer with a complaint and parses the expressions. */
  export interface Rules<T> {
    types: Types;
    custom?: (data: T, store: Store) => string | null | undefined;
  }
  interface Validations {
    checkTypes<T>(data: unknown, types: Rules<T>['types']): T;
    checkValidations<T>(data: T, types: Types, custom: Rules<T>['custom'] | null, store: Store): void;
  }
  const validations: Validations;
  export default validations;
}

declare module 'dynalite/validations/*.js' {
  import type { ItemRequest } from 'dynalite/actions/putItem.js';
  import type { Rules } from 'dynalite/validations/index.js';

  const rules: Rules<ItemRequest>;
  export default rules;
}

declare module 'dynalite/validations/batchWriteItem.js' {
  import type { Item } from 'dynalite/db/index.js';
  import type { Rules } from 'dynalite/validations/index.js';

  const rules: Rules<{
    RequestItems: Record<string, { PutRequest?: { Item: Item }; DeleteRequest?: { Key: Item } }[]>;
    ReturnConsumedCapacity?: string;
  }>;
  export default rules;
}

declare module 'dynalite/actions/putItem.js' {
  import type { Done, Expression, Item, ItemStore, Path } from 'dynalite/db/index.js';

  /** A request about one item, its expressions parsed into the members with an underscore. */
  export interface ItemRequest {
    TableName: string;
    Item?: Item;
    Key?: Item;
    ConsistentRead?: boolean;
    ReturnConsumedCapacity?: string;
    ReturnValuesOnConditionCheckFailure?: string;
    _condition?: { expression: Expression };
    _updates?: { sections: { type: string; path: Path }[] };
  }
  export interface ItemReply {
    Item?: Item;
    Attributes?: Item;
    ConsumedCapacity?: { CapacityUnits: number; TableName: string };
  }
  export type Action = (store: ItemStore, data: ItemRequest, done: Done<ItemReply>) => void;
  const action: Action;
  export default action;
}

declare module 'dynalite/actions/*.js' {
  import type { Action } from 'dynalite/actions/putItem.js';

  const action: Action;
  export default action;
}
