import { composeAccounts, lambdaPlatform } from '../compose.ts';
import { readEdgeSecret, text } from '../config.ts';
import { buffered } from '../http/gateway.ts';

export const handler = buffered(
  composeAccounts(lambdaPlatform('accounts'), text(process.env, 'BUCKET_NAME')),
  readEdgeSecret(process.env),
);
