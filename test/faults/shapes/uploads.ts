import { partsOf, sha256 } from '../../usecases/upload-support.ts';
import { type Member, rested, settle } from '../people.ts';
import type { Shape } from '../shape.ts';
import type { Stage } from '../stage.ts';
import { calling } from './calling.ts';

const KEY = { 'idempotency-key': 'begun-once' };
const FILE = { 'content-type': 'application/pdf' };
const UPLOADS = '/v1/uploads';
const PARTS = partsOf([17_000, 300]);
const [FIRST = Buffer.alloc(0), SECOND = Buffer.alloc(0)] = PARTS;
const WHOLE = sha256(Buffer.concat(PARTS));
const NOT_FOUND = '404 not_found';

/** An account with an upload of which these parts have come. */
function uploading(...parts: readonly Uint8Array[]): (stage: Stage) => Promise<Member & { readonly upload: string }> {
  return async (stage) => {
    const member = await settle(stage);
    const { token } = member;
    const upload = (await stage.ok(`POST ${UPLOADS}`, { token, body: { title: 'Scan' } })).text('uploadId');
    for (const [place, body] of parts.entries()) {
      await stage.ok(`PUT ${UPLOADS}/${upload}/parts/${place + 1}`, { token, body, headers: FILE });
      stage.time.now += 1000;
    }
    return { ...member, upload, known: { ...member.known, uploads: { upload } } };
  };
}

/** Uploads in parts. */
export const UPLOAD_SHAPES: readonly Shape[] = [
  {
    of: 'beginUpload',
    when: 'without a key, in a session that rested',
    well: '201',
    again: ['201'],
    prepare: calling(() => [`POST ${UPLOADS}`, { body: { title: 'Scan' } }], rested),
  },
  {
    of: 'beginUpload',
    when: 'with a key',
    well: '201',
    again: ['201'],
    prepare: calling(() => [`POST ${UPLOADS}`, { body: { title: 'Scan' }, headers: KEY }]),
  },
  {
    of: 'getUpload',
    when: 'under way',
    well: '200',
    again: ['200'],
    prepare: calling(({ upload }) => [`GET ${UPLOADS}/${upload}`], uploading(FIRST)),
  },
  {
    of: 'putUploadPart',
    when: 'a further one',
    well: '200',
    again: ['200'],
    prepare: calling(
      ({ upload }) => [`PUT ${UPLOADS}/${upload}/parts/2`, { body: SECOND, headers: FILE }],
      uploading(FIRST),
    ),
  },
  {
    of: 'putUploadPart',
    when: 'in the place of another',
    well: '200',
    again: ['200'],
    prepare: calling(
      ({ upload }) => [`PUT ${UPLOADS}/${upload}/parts/2`, { body: SECOND, headers: FILE }],
      uploading(FIRST, Buffer.from('another')),
    ),
  },
  {
    of: 'putUploadPart',
    when: 'that has come before',
    well: '200',
    again: ['200'],
    prepare: calling(
      ({ upload }) => [`PUT ${UPLOADS}/${upload}/parts/1`, { body: FIRST, headers: FILE }],
      uploading(FIRST),
    ),
  },
  {
    of: 'completeUpload',
    when: 'of all parts',
    well: '201',
    again: ['201'],
    prepare: calling(
      ({ upload }) => [`POST ${UPLOADS}/${upload}/complete`, { body: { parts: 2, sha256: WHOLE } }],
      uploading(...PARTS),
    ),
  },
  {
    of: 'completeUpload',
    when: 'of other bytes than were sent',
    well: '422 invalid_request',
    again: ['422 invalid_request'],
    prepare: calling(
      ({ upload }) => [`POST ${UPLOADS}/${upload}/complete`, { body: { parts: 2, sha256: sha256(FIRST) } }],
      uploading(...PARTS),
    ),
  },
  {
    of: 'completeUpload',
    when: 'of which a part is missing',
    well: '409 upload_incomplete',
    again: ['409 upload_incomplete'],
    prepare: calling(({ upload }) => [`POST ${UPLOADS}/${upload}/complete`, { body: { parts: 2 } }], uploading(FIRST)),
  },
  {
    of: 'abortUpload',
    when: 'of two parts',
    well: '204',
    again: [NOT_FOUND],
    prepare: calling(({ upload }) => [`DELETE ${UPLOADS}/${upload}`], uploading(...PARTS)),
  },
];
