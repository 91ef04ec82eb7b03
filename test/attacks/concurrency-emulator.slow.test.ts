import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type LocalCloud, startCloud } from '../../local/cloud.ts';
import { type LocalService, startService } from '../../local/service.ts';
import { type Client, PASSWORD, verdict } from '../fixtures/app.ts';
import { createMemoryTelemetry } from '../fixtures/memory-telemetry.ts';
import { crowd } from './crowd.ts';
import { httpClient } from './service.ts';

/** Starting servers and hashing takes its time where other suites run beside. */
const PATIENCE_MS = 60_000;

describe('many honest clients of one account at once, over HTTP', () => {
  const telemetry = createMemoryTelemetry();
  let cloud: LocalCloud;
  let service: LocalService;
  let call: Client;

  beforeAll(async () => {
    cloud = await startCloud(null);
    service = await startService({ cloud, port: 0, telemetry, settings: { bcryptCost: 10 } });
    call = httpClient(service.url);
  }, PATIENCE_MS);
  afterAll(async () => {
    await service.close();
    await cloud.close();
  });

  const register = async (email: string) => {
    const answer = await call('POST /v1/accounts', { body: { email, password: PASSWORD, acceptDataLoss: true } });
    return answer.text('session.token');
  };

  it(
    'lose nothing, double nothing, and look like no attacker',
    async () => {
      const token = await register('crowd@example.com');
      const options = { call, token, seed: 9000, writers: 12, rounds: 3, readers: 2, shared: 4, documents: true };
      expect((await crowd(options)).unavailable).toBe(0);
      expect(telemetry.counts.get('IntegrityFailure')).toBeUndefined();
    },
    PATIENCE_MS,
  );

  it(
    'all get their write through, where twenty write at one moment',
    async () => {
      const token = await register('twenty@example.com');
      const answers = await Promise.all(
        Array.from({ length: 20 }, (_, n) =>
          call('POST /v1/items', { token, body: { type: 'note', data: { text: `note ${n}` } } }),
        ),
      );
      expect(answers.map(verdict)).toEqual(Array<string>(20).fill('201'));
      const list = await call('GET /v1/items', { token });
      const texts = (list.body as { items: { id: string }[] }).items.map(({ id }) => id);
      expect(texts.sort()).toEqual(answers.map((answer) => answer.text('id')).sort());
    },
    PATIENCE_MS,
  );
});
