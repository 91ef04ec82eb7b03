import db, { type Attribute, type Item } from 'dynalite/db/index.js';

/** DynamoDB's limits on one item, and on the items of one transaction, in bytes. */
export const MAX_ITEM_BYTES = 400 * 1024;
export const MAX_TRANSACTION_BYTES = 4 * 1024 * 1024;

/** An item's size in bytes, names included, as DynamoDB's developer guide counts it: texts in UTF-8. */
export function itemBytes(item: Item): number {
  return Object.entries(item).reduce((sum, [name, value]) => sum + Buffer.byteLength(name) + attributeBytes(value), 0);
}

function attributeBytes({ S, N, B, SS, NS, BS, L, M }: Attribute): number {
  if (S !== undefined) return Buffer.byteLength(S);
  if (B !== undefined) return Buffer.byteLength(B, 'base64');
  if (N !== undefined) return numberBytes(N);
  if (SS) return total(SS, (text) => Buffer.byteLength(text));
  if (BS) return total(BS, (blob) => Buffer.byteLength(blob, 'base64'));
  if (NS) return total(NS, numberBytes);
  if (L) return 3 + total(L, (member) => 1 + attributeBytes(member));
  if (M) return 3 + Object.keys(M).length + itemBytes(M);
  return 1;
}

function numberBytes(N: string): number {
  return db.itemSize({ '': { N } });
}

function total<T>(members: T[], size: (member: T) => number): number {
  return members.reduce((sum, member) => sum + size(member), 0);
}
