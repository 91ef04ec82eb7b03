import type { AddressInfo } from 'node:net';
import { GetItemCommand, TransactGetItemsCommand } from '@aws-sdk/client-dynamodb';
import { createAdaptorServer } from '@hono/node-server';
import { Hono } from 'hono';
import { dynamoDbClient } from '../../lambda/adapters/aws-clients.ts';
import type { CloudAddress } from '../load/process.ts';

/**
 * What an API without any encryption would do for a read of an item: the same rows of the same table by the same client,
 * and JSON of the same size out of it. It takes the same token, looks at its ids, and believes all.
 *
 * @returns its URL
 */
export async function startBare({ table, ...aws }: CloudAddress): Promise<string> {
  const client = dynamoDbClient(aws);
  const app = new Hono();
  app.get('/v1/items/:itemId', async (c) => {
    const [, accountId = '', sessionId = ''] = (c.req.header('authorization') ?? '').split('.');
    const key = (sk: string) => ({ TableName: table, Key: { pk: { S: `A#${accountId}` }, sk: { S: sk } } });
    const own = ['ACCOUNT', 'M', `S#${sessionId}`].map((sk) => ({ Get: key(sk) }));
    const [{ Responses = [] }, { Item }] = await Promise.all([
      client.send(new TransactGetItemsCommand({ TransactItems: own })),
      client.send(new GetItemCommand({ ...key(`I#${c.req.param('itemId')}`), ConsistentRead: true })),
    ]);
    if (Item === undefined || Responses.length !== own.length) return c.json({ code: 'not_found' }, 404);
    const data = Buffer.from(Item['sealed']?.B ?? []).toString('base64');
    return c.json({ id: c.req.param('itemId'), version: Number(Item['version']?.N), data });
  });
  const server = createAdaptorServer({ fetch: app.fetch });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
