import { expect, it } from '@jest/globals';
import { ROUTES } from '../../lambda/http/route-list.ts';
import { JOBS } from './shape.ts';
import { ACCOUNT_SHAPES } from './shapes/accounts.ts';
import { DOCUMENT_SHAPES } from './shapes/documents.ts';
import { ITEM_SHAPES } from './shapes/items.ts';
import { MAINTENANCE_SHAPES } from './shapes/maintenance.ts';
import { ROTATION_SHAPES } from './shapes/rotation.ts';
import { SESSION_SHAPES } from './shapes/sessions.ts';
import { UPLOAD_SHAPES } from './shapes/uploads.ts';

const ALL = [
  ...ACCOUNT_SHAPES,
  ...SESSION_SHAPES,
  ...ITEM_SHAPES,
  ...DOCUMENT_SHAPES,
  ...UPLOAD_SHAPES,
  ...ROTATION_SHAPES,
  ...MAINTENANCE_SHAPES,
];

it('every route and every job of maintenance is tried under faults', () => {
  expect([...new Set(ALL.map(({ of }) => of))].sort()).toEqual([...Object.keys(ROUTES), ...JOBS].sort());
});

it('no shape is there twice', () => {
  const names = ALL.map(({ of, when }) => `${of}, ${when}`);
  expect(names).toEqual([...new Set(names)]);
});
