import { everyFault } from './every-fault.ts';
import { ITEM_SHAPES } from './shapes/items.ts';
import { SESSION_SHAPES } from './shapes/sessions.ts';

everyFault('sessions under faults', SESSION_SHAPES);
everyFault('items under faults', ITEM_SHAPES);
