import { everyFault } from './every-fault.ts';
import { MAINTENANCE_SHAPES } from './shapes/maintenance.ts';
import { ROTATION_SHAPES } from './shapes/rotation.ts';

everyFault('rotation under faults', ROTATION_SHAPES);
everyFault('maintenance under faults', MAINTENANCE_SHAPES);
