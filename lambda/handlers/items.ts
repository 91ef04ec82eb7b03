import { composeItems, lambdaPlatform } from '../compose.ts';
import { readEdgeSecret } from '../config.ts';
import { buffered } from '../http/gateway.ts';

export const handler = buffered(composeItems(lambdaPlatform('items')), readEdgeSecret(process.env));
