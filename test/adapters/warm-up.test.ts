import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { warmUp } from '../../lambda/adapters/warm-up.ts';

const before = { ...process.env };
let server: Server;
let asked = 0;

beforeAll(async () => {
  server = createServer((_request, response) => {
    asked++;
    response.end('{}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});

afterEach(() => {
  process.env = { ...before };
});

afterAll(() => {
  server.close();
});

/** An environment with these, and without what else names credentials. */
function set(variables: Readonly<Record<string, string>>): void {
  process.env = { PATH: before.PATH ?? '', HOME: '/nonexistent', AWS_EC2_METADATA_DISABLED: 'true', ...variables };
}

const CREDENTIALS = { AWS_ACCESS_KEY_ID: 'invented', AWS_SECRET_ACCESS_KEY: 'invented' };

describe('the warm-up', () => {
  it('goes all the way through the SDK, to AWS’s own endpoints, without the network', async () => {
    // Whatever went out would not come back: there is no such region.
    set(CREDENTIALS);
    expect(await warmUp({ region: 'xx-nowhere-1' })).toBe(0);
  });

  it('reaches no endpoint that the environment names either', async () => {
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    set({ ...CREDENTIALS, AWS_ENDPOINT_URL_DYNAMODB: url, AWS_ENDPOINT_URL_KMS: url });
    expect(await warmUp({ region: 'us-east-1' })).toBe(0);
    expect(asked).toBe(0);
    // The server does count.
    await fetch(url);
    expect(asked).toBe(1);
  });

  it('counts what fails and throws nothing', async () => {
    set({});
    expect(await warmUp({ region: 'us-east-1' })).toBe(2);
    set(CREDENTIALS);
    expect(await warmUp({ region: '' })).toBe(2);
  });
});
