import { movedWrap, settle } from '../../faults/people.ts';
import type { Shape } from '../../faults/shape.ts';
import { ACCOUNT_SHAPES } from '../../faults/shapes/accounts.ts';
import { calling } from '../../faults/shapes/calling.ts';
import { DOCUMENT_SHAPES } from '../../faults/shapes/documents.ts';
import { ITEM_SHAPES } from '../../faults/shapes/items.ts';
import { MAINTENANCE_SHAPES } from '../../faults/shapes/maintenance.ts';
import { ROTATION_SHAPES } from '../../faults/shapes/rotation.ts';
import { SESSION_SHAPES } from '../../faults/shapes/sessions.ts';
import { UPLOAD_SHAPES } from '../../faults/shapes/uploads.ts';

/** What the functions are led through: all that is tried under faults, and what no caller brings about. */
export const SCENES: readonly Shape[] = [
  ...ACCOUNT_SHAPES,
  ...SESSION_SHAPES,
  ...ITEM_SHAPES,
  ...DOCUMENT_SHAPES,
  ...UPLOAD_SHAPES,
  ...ROTATION_SHAPES,
  ...MAINTENANCE_SHAPES,
  {
    of: 'getAccount',
    when: 'after a wrap was moved',
    well: '200',
    again: [],
    prepare: calling(() => ['GET /v1/account'], movedWrap),
  },
  {
    of: 'listDocuments',
    when: 'after a wrap was moved',
    well: '200',
    again: [],
    prepare: calling(() => ['GET /v1/documents'], movedWrap),
  },
  {
    of: 'getDocumentContent',
    when: 'where the object is gone',
    well: '500 integrity_failure',
    again: [],
    prepare: calling(
      ({ document }) => [`GET /v1/documents/${document}/content`],
      async (stage) => {
        const member = await settle(stage);
        const state = await stage.keeper.read();
        await stage.restore({ ...state, objects: new Map() }, state);
        return member;
      },
    ),
  },
];
