import { ListObjectVersionsCommand, S3Client } from '@aws-sdk/client-s3';
import { expect } from '@jest/globals';
import { dynamoDbClient } from '../../../lambda/adapters/aws-clients.ts';
import { createVaultStore } from '../../../lambda/adapters/dynamodb/vault-store.ts';
import type { AccountId } from '../../../lambda/domain/ids.ts';
import type { DocumentRow } from '../../../lambda/domain/records.ts';
import { type LocalCloud, startCloud } from '../../../local/cloud.ts';
import { startService } from '../../../local/service.ts';
import { createMemoryTelemetry } from '../../fixtures/memory-telemetry.ts';
import { Api } from './api.ts';
import type { Book } from './book.ts';
import { signIn } from './calls.ts';
import { check } from './checks.ts';

/** A making that was cut off holds its key no longer, and its row is not due yet. */
const MINUTES = 5 * 60_000;
/** All that was cut off is due, and what no row answers for is no longer young. */
const DAY = 26 * 3_600_000;

/** What the kills left, apart from what was acknowledged. */
export interface Remains {
  /** Documents that were cut off between the table and the bucket. */
  readonly torn: number;
  /** Sent again after their keys were free. */
  readonly resent: number;
  readonly removed: number;
}

/**
 * Opens the folder once more, with the clock set on: first by minutes, when all that was not answered is sent again, and
 * then by a day, when maintenance takes what nobody answers for.
 */
export async function judgeAftermath(folder: string, books: readonly Book[]): Promise<Remains> {
  let ahead = MINUTES;
  const clock = () => Date.now() + ahead;
  const telemetry = createMemoryTelemetry();
  const cloud = await startCloud(folder, { now: clock });
  const service = await startService({ cloud, port: 0, telemetry, clock });
  try {
    const api = new Api(service.url);
    const torn = (await documentsOf(cloud, books)).filter(({ state }) => state === 'PENDING').length;
    const resent = books.flatMap(({ entries }) => entries.filter(({ asked }) => asked !== null)).length;
    for (const book of books) await check(api, book, { endRotation: true, allActivity: true, keysAreFree: true });
    expect(books.flatMap(({ entries }) => entries.filter(({ asked }) => asked !== null))).toEqual([]);

    ahead = DAY;
    const { swept, walked } = await service.maintain();
    expect([swept.failed, swept.complete, walked.failed, walked.complete]).toEqual([0, true, 0, true]);
    await expectNoOrphans(cloud, books);
    for (const book of books) {
      book.token = (await signIn(api, book.email, book.password, [201]))?.text('session.token') ?? '';
      book.guests.length = 0;
      await check(api, book, { endRotation: true, allActivity: true, keysAreFree: true });
    }
    expect(telemetry.counts.get('IntegrityFailure')).toBeUndefined();
    return { torn, resent, removed: swept.removed + walked.removed };
  } finally {
    await service.close();
    await cloud.close();
  }
}

/** Every object, in every version, is a READY document's, and each such document's objects are there. */
async function expectNoOrphans(cloud: LocalCloud, books: readonly Book[]): Promise<void> {
  const { region, credentials, endpoints, bucket } = cloud;
  const s3 = new S3Client({ region, credentials, endpoint: endpoints.s3, forcePathStyle: true });
  try {
    const listed = await s3.send(new ListObjectVersionsCommand({ Bucket: bucket }));
    expect([listed.IsTruncated ?? false, listed.DeleteMarkers ?? []]).toEqual([false, []]);
    const documents = await documentsOf(cloud, books);
    expect(documents.filter(({ state }) => state !== 'READY')).toEqual([]);
    const named = documents.flatMap(({ objectKeys }) => objectKeys);
    expect((listed.Versions ?? []).map(({ Key }) => Key).sort()).toEqual(named.sort());
  } finally {
    s3.destroy();
  }
}

/** Every row of a document, of all accounts. */
async function documentsOf(
  { region, credentials, endpoints, table }: LocalCloud,
  books: readonly Book[],
): Promise<DocumentRow[]> {
  const client = dynamoDbClient({ region, credentials, endpoints });
  const store = createVaultStore({ client, table });
  try {
    const lists = books.map(({ accountId }) => store.list(accountId as AccountId, 'document', { limit: 1000 }));
    return (await Promise.all(lists)).flatMap(({ rows, more }) => {
      expect(more).toBe(false);
      return rows;
    });
  } finally {
    client.destroy();
  }
}
