import { composeItems, lambdaPlatform } from '../compose.ts';
import { buffered } from '../http/gateway.ts';

export const handler = buffered(composeItems(lambdaPlatform('items')));
