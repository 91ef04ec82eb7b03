import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda';
import { FUNCTION_SETTINGS } from '../fixtures/function-settings.ts';
import { gatewayEvent } from '../fixtures/gateway-event.ts';
import { RuntimeStream } from '../fixtures/runtime-stream.ts';

const SECRET = 'Zq3vT8mKd0Lx5RbN7yWc1HfJ9sGpA2uE';
const before = { ...process.env };

type Answers = (event: APIGatewayProxyEvent) => Promise<number | undefined>;
const services: Record<string, Answers> = {};

beforeAll(async () => {
  Object.assign(process.env, FUNCTION_SETTINGS, {
    AWS_REGION: 'eu-central-1',
    EDGE_SECRET: SECRET,
    TABLE_NAME: 'invented-table',
    BUCKET_NAME: 'invented-bucket',
    WRAP_KEY_ARNS: 'arn:aws:kms:eu-central-1:111122223333:key/wrap',
    MAC_KEY_ARNS: 'arn:aws:kms:eu-central-1:111122223333:key/mac',
    PDF_BRAND: 'Example Vault',
    PDF_PAPER: 'A4',
    PDF_LANGUAGE: 'en',
    PDF_LOGO: '',
  });
  Object.assign(globalThis, {
    awslambda: { streamifyResponse: (handler: unknown) => handler, HttpResponseStream: RuntimeStream },
  });
  const { handler: accounts } = await import('../../lambda/handlers/accounts.ts');
  const { handler: items } = await import('../../lambda/handlers/items.ts');
  const { handler: documents } = await import('../../lambda/handlers/documents.ts');
  const statusOf = ({ statusCode }: APIGatewayProxyResult) => statusCode;
  services.accounts = async (event) => statusOf(await accounts(event));
  services.items = async (event) => statusOf(await items(event));
  services.documents = async (event) => {
    const stream = new RuntimeStream();
    await documents(event, stream);
    return stream.head?.statusCode;
  };
});

afterAll(() => {
  process.env = before;
  Reflect.deleteProperty(globalThis, 'awslambda');
});

// Their log.
beforeEach(() => {
  jest.spyOn(process.stdout, 'write').mockReturnValue(true);
});

describe('the handlers of a deployment with a distribution in front', () => {
  it.each([
    ['accounts', 'GET /v1/health'],
    ['items', 'GET /v1/item-types'],
    ['documents', 'GET /v1/templates'],
  ])('of %s answer what comes through it, and refuse what comes past it', async (service, call) => {
    const marks = { 'X-Twinlock-Edge': SECRET, 'X-Twinlock-Viewer': '203.0.113.9' };
    expect(await services[service]?.(gatewayEvent(call, { headers: marks }))).toBe(200);
    expect(await services[service]?.(gatewayEvent(call))).toBe(403);
  });
});
