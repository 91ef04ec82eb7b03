import * as z from 'zod';
import { labelField } from '../../domain/item-fields.ts';
import { ITEM_SCHEMAS, ITEM_TYPES, type ItemType, itemUnion } from '../../domain/items.ts';
import { cursor, flagQuery, id, idempotencyKey, ifMatch, limitField, limitQuery, nextCursor, time } from './common.ts';
import type { Contract, RouteNameOf } from './contract.ts';

const itemType = z.enum(ITEM_TYPES);

const newItem = itemUnion(labelField.exactOptional()).meta({ id: 'NewItem' });

const changedItem = z
  .strictObject({
    label: labelField.exactOptional(),
    data: z.record(z.string(), z.unknown()).meta({ description: 'All of the data, as the item’s type demands.' }),
  })
  .meta({ id: 'ChangedItem' });

const search = z
  .strictObject({
    type: itemType.exactOptional(),
    label: labelField.exactOptional().meta({ description: 'A part of the label, whatever its case.' }),
    reveal: z.boolean().exactOptional().meta({ description: 'Whole items, not masked.', default: false }),
    limit: limitField.exactOptional(),
    cursor: cursor.exactOptional(),
  })
  .meta({ id: 'ItemSearch' });

function wholeItem<T extends ItemType>(type: T) {
  return z.object({
    id,
    type: z.literal(type),
    label: labelField,
    data: ITEM_SCHEMAS[type],
    version: z.int().meta({ description: 'From 1.' }),
    createdAt: time,
    updatedAt: time,
  });
}

/** One by one, so that in the types too an item's type tells its data. */
const item = z
  .discriminatedUnion('type', [
    wholeItem('person'),
    wholeItem('address'),
    wholeItem('email'),
    wholeItem('phone'),
    wholeItem('national-id'),
    wholeItem('passport'),
    wholeItem('bank-account'),
    wholeItem('payment-card'),
    wholeItem('note'),
  ])
  .meta({ id: 'Item' });

const maskedItem = z
  .object({
    id,
    type: itemType,
    label: labelField,
    data: z.record(z.string(), z.unknown()).meta({
      description:
        'Numbers and IBANs keep their last 4 characters (none where there are no more), e-mails the first letter and the ' +
        'domain, dates the year (an expiry month is left out), countries all, other texts the first letter.',
    }),
    version: z.int(),
    createdAt: time,
    updatedAt: time,
    masked: z.literal(true),
  })
  .meta({ id: 'MaskedItem' });

const itemOrMasked = z.union([maskedItem, item]).meta({ id: 'ItemOrMasked' });

const itemList = z.object({ items: z.array(itemOrMasked), nextCursor }).meta({ id: 'ItemList' });

const itemTypeList = z
  .object({
    types: z.array(
      z.object({
        type: itemType,
        title: z.string(),
        schema: z.record(z.string(), z.unknown()).meta({ description: 'A JSON Schema (2020-12) of the data.' }),
      }),
    ),
  })
  .meta({ id: 'ItemTypeList' });

/** What the calls of the items service take and answer. */
export const ITEM_CONTRACTS = {
  listItemTypes: {
    summary: 'Lists the types of items',
    responses: { 200: { description: 'The types, each with a JSON Schema.', schema: itemTypeList } },
    errors: [],
  },
  createItem: {
    summary: 'Stores an item',
    headers: z.object({ 'idempotency-key': idempotencyKey.exactOptional() }),
    json: newItem,
    responses: { 201: { description: 'The item.', schema: item, headers: ['etag', 'location'] } },
    errors: ['idempotency_key_reused', 'not_found', 'vault_full'],
  },
  listItems: {
    summary: 'Lists the items',
    description: 'Masked unless `reveal` is true.',
    query: z.strictObject({
      type: itemType.exactOptional(),
      reveal: flagQuery,
      limit: limitQuery,
      cursor: cursor.exactOptional(),
    }),
    responses: { 200: { description: 'A page of items.', schema: itemList } },
    errors: [],
  },
  searchItems: {
    summary: 'Searches the items',
    description: 'Masked unless `reveal` is true. What is searched for stays out of the URL.',
    json: search,
    responses: {
      200: { description: 'A page of items; it may be short, even empty, before the end.', schema: itemList },
    },
    errors: [],
  },
  getItem: {
    summary: 'Returns an item, whole',
    query: z.strictObject({ mask: flagQuery }),
    responses: { 200: { description: 'The item.', schema: itemOrMasked, headers: ['etag'] } },
    errors: [],
  },
  replaceItem: {
    summary: 'Replaces an item',
    headers: z.object({ 'if-match': ifMatch.exactOptional() }),
    json: changedItem,
    responses: { 200: { description: 'The item.', schema: item, headers: ['etag'] } },
    errors: ['precondition_failed', 'precondition_required'],
  },
  deleteItem: {
    summary: 'Removes an item',
    headers: z.object({ 'if-match': ifMatch.exactOptional() }),
    responses: { 204: { description: 'It is removed.' } },
    errors: ['precondition_failed'],
  },
} as const satisfies Record<RouteNameOf<'items'>, Contract>;
