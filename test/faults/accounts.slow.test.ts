import { everyFault } from './every-fault.ts';
import { ACCOUNT_SHAPES } from './shapes/accounts.ts';

everyFault('accounts under faults', ACCOUNT_SHAPES);
