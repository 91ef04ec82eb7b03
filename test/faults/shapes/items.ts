import { movedWrap, rested, settle } from '../people.ts';
import type { Shape } from '../shape.ts';
import type { Stage } from '../stage.ts';
import { calling } from './calling.ts';

const NOTE = { type: 'note', label: 'new', data: { text: 'new' } };
const KEY = { 'idempotency-key': 'made-once' };
const CHANGE = { data: { text: 'two' } };

async function keyed(stage: Stage) {
  const member = await settle(stage);
  await stage.ok('POST /v1/items', { token: member.token, body: NOTE, headers: KEY });
  stage.time.now += 1000;
  return member;
}

/** The calls of the items service. */
export const ITEM_SHAPES: readonly Shape[] = [
  {
    of: 'createItem',
    when: 'without a key',
    well: '201',
    again: ['201'],
    prepare: calling(() => ['POST /v1/items', { body: NOTE }]),
  },
  {
    of: 'createItem',
    when: 'without a key, in a session that rested',
    well: '201',
    again: ['201'],
    prepare: calling(() => ['POST /v1/items', { body: NOTE }], rested),
  },
  {
    of: 'createItem',
    when: 'with a key',
    well: '201',
    again: ['201'],
    prepare: calling(() => ['POST /v1/items', { body: NOTE, headers: KEY }]),
  },
  {
    of: 'createItem',
    when: 'with a key that made it before',
    well: '201',
    again: ['201'],
    prepare: calling(() => ['POST /v1/items', { body: NOTE, headers: KEY }], keyed),
  },
  {
    of: 'createItem',
    when: 'with a key of another request',
    well: '422 idempotency_key_reused',
    again: ['422 idempotency_key_reused'],
    prepare: calling(() => ['POST /v1/items', { body: { ...NOTE, label: 'other' }, headers: KEY }], keyed),
  },
  { of: 'listItems', when: 'masked', well: '200', again: ['200'], prepare: calling(() => ['GET /v1/items']) },
  {
    of: 'listItems',
    when: 'masked, of an account whose wrap was moved to another KMS key',
    well: '200',
    again: ['200'],
    prepare: calling(() => ['GET /v1/items'], movedWrap),
  },
  {
    of: 'createItem',
    when: 'of an account whose wrap was moved to another KMS key',
    well: '201',
    again: ['201'],
    prepare: calling(() => ['POST /v1/items', { body: NOTE }], movedWrap),
  },
  {
    of: 'listItems',
    when: 'whole, in a session that rested',
    well: '200',
    again: ['200'],
    prepare: calling(() => ['GET /v1/items?reveal=true'], rested),
  },
  {
    of: 'searchItems',
    when: 'masked',
    well: '200',
    again: ['200'],
    prepare: calling(() => ['POST /v1/items/search', { body: { label: 'self' } }]),
  },
  {
    of: 'searchItems',
    when: 'whole',
    well: '200',
    again: ['200'],
    prepare: calling(() => ['POST /v1/items/search', { body: { type: 'person', reveal: true } }]),
  },
  {
    of: 'getItem',
    when: 'whole',
    well: '200',
    again: ['200'],
    prepare: calling(({ note }) => [`GET /v1/items/${note}`]),
  },
  {
    of: 'getItem',
    when: 'masked, in a session that rested',
    well: '200',
    again: ['200'],
    prepare: calling(({ note }) => [`GET /v1/items/${note}?mask=true`], rested),
  },
  {
    of: 'getItem',
    when: 'of another id',
    well: '404 not_found',
    again: ['404 not_found'],
    prepare: calling(({ document }) => [`GET /v1/items/${document}`]),
  },
  {
    of: 'replaceItem',
    when: 'of the version that it has',
    well: '200',
    again: ['412 precondition_failed'],
    prepare: calling(({ note }) => [`PUT /v1/items/${note}`, { body: CHANGE, headers: { 'if-match': '"1"' } }]),
  },
  {
    of: 'replaceItem',
    when: 'of another version',
    well: '412 precondition_failed',
    again: ['412 precondition_failed'],
    prepare: calling(({ note }) => [`PUT /v1/items/${note}`, { body: CHANGE, headers: { 'if-match': '"2"' } }]),
  },
  {
    of: 'deleteItem',
    when: 'of any version',
    well: '204',
    again: ['404 not_found'],
    prepare: calling(({ note }) => [`DELETE /v1/items/${note}`]),
  },
  {
    of: 'deleteItem',
    when: 'of the version that it has, in a session that rested',
    well: '204',
    again: ['404 not_found'],
    prepare: calling(({ note }) => [`DELETE /v1/items/${note}`, { headers: { 'if-match': '"1"' } }], rested),
  },
  {
    of: 'listItemTypes',
    when: 'always',
    well: '200',
    again: ['200'],
    prepare: calling(() => ['GET /v1/item-types', {}]),
  },
];
