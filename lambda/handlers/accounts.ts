import { composeAccounts, lambdaPlatform } from '../compose.ts';
import { buffered } from '../http/gateway.ts';

export const handler = buffered(composeAccounts(lambdaPlatform('accounts')));
