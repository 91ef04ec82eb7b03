import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { S3Client } from '@aws-sdk/client-s3';
import { describe, it } from '@jest/globals';

import { startS3 } from '../../local/s3/server.ts';
import { describeS3Engine, type S3Engine, SILENT } from './s3-engine.ts';

describeS3Engine('the local S3', async (): Promise<S3Engine> => {
  const folder = mkdtempSync(join(tmpdir(), 'twinlock-test-'));
  let server = await startS3({ folder });
  const clients: S3Client[] = [];
  return {
    client(requestStreamBufferSize) {
      const client = new S3Client({
        endpoint: server.endpoint,
        region: 'us-east-1',
        credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
        forcePathStyle: true,
        requestStreamBufferSize,
        logger: SILENT,
      });
      clients.push(client);
      return client;
    },
    async restart() {
      await server.close();
      server = await startS3({ folder });
    },
    async stop() {
      for (const client of clients) client.destroy();
      await server.close();
      rmSync(folder, { recursive: true });
    },
  };
});

// Makes and removes two buckets of its own. Credentials and region come from the environment.
if (process.env['TWINLOCK_TEST_AWS'] === '1') {
  describeS3Engine('Amazon S3', () => {
    const clients: S3Client[] = [];
    return Promise.resolve({
      client(requestStreamBufferSize) {
        const client = new S3Client({ requestStreamBufferSize, logger: SILENT });
        clients.push(client);
        return client;
      },
      restart: null,
      stop() {
        for (const client of clients) client.destroy();
        return Promise.resolve();
      },
    });
  });
} else {
  describe('Amazon S3', () => {
    it.skip('is asked only with TWINLOCK_TEST_AWS=1', () => undefined);
  });
}
