import { everyFault } from './every-fault.ts';
import { DOCUMENT_SHAPES } from './shapes/documents.ts';
import { UPLOAD_SHAPES } from './shapes/uploads.ts';

everyFault('documents under faults', DOCUMENT_SHAPES);
everyFault('uploads under faults', UPLOAD_SHAPES);
