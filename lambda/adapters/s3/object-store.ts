import { setTimeout } from 'node:timers/promises';
import { GetObjectCommand, type GetObjectCommandOutput, HeadObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { UnavailableError } from '../../errors.ts';
import type { ObjectStore, OpenObject } from '../../ports/object-store.ts';
import type { Sleep } from '../../ports/system.ts';
import { cloudError, errorName } from '../cloud-errors.ts';
import { listNames } from './list-names.ts';
import { putObject } from './put-object.ts';
import { removeVersions } from './remove-versions.ts';

export interface ObjectStoreOptions {
  readonly client: S3Client;
  readonly bucket: string;
  /** @default the real one */
  readonly sleep?: Sleep;
}

/** The bucket in S3. */
export function createObjectStore({ client, bucket, sleep = setTimeout }: ObjectStoreOptions): ObjectStore {
  async function get(key: string, range?: { first: number; last: number }): Promise<OpenObject | null> {
    const name = { Bucket: bucket, Key: key };
    try {
      const Range = range === undefined ? {} : { Range: `bytes=${range.first}-${range.last}` };
      return opened(await client.send(new GetObjectCommand({ ...name, ...Range })), range !== undefined);
    } catch (error) {
      if (isAbsent(error)) return null;
      if (errorName(error) !== 'InvalidRange') throw failure('s3:GetObject', error);
    }
    try {
      const { ContentLength } = await client.send(new HeadObjectCommand(name));
      if (ContentLength === undefined) throw new UnavailableError('s3:HeadObject');
      return { body: nothing(), size: ContentLength };
    } catch (error) {
      if (isAbsent(error)) return null;
      throw failure('s3:HeadObject', error);
    }
  }

  return {
    put: (key, body, size) => putObject({ client, bucket, sleep }, key, body, size),
    get,
    names: (prefix, after, limit) => listNames({ client, bucket }, prefix, after, limit),
    remove: (key) => removeVersions({ client, bucket }, key),
  };
}

function opened({ Body, ContentLength, ContentRange }: GetObjectCommandOutput, partial: boolean): OpenObject {
  const total = partial ? /\/(\d{1,15})$/.exec(ContentRange ?? '')?.[1] : ContentLength;
  if (Body === undefined || total === undefined) throw new UnavailableError('s3:GetObject');
  if (!(Symbol.asyncIterator in Body)) throw new TypeError('the body of an object is no stream of Node');
  return { body: guarded(Body as AsyncIterable<Uint8Array>), size: Number(total) };
}

/** The bytes of an answer; a stream that breaks off throws, and one that is left early closes its connection. */
async function* guarded(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of body) yield chunk;
  } catch (error) {
    throw new UnavailableError('s3:GetObject', { cause: error });
  }
}

async function* nothing(): AsyncGenerator<Uint8Array> {}

function isAbsent(error: unknown): boolean {
  return errorName(error) === 'NoSuchKey' || errorName(error) === 'NotFound';
}

function failure(call: string, error: unknown): unknown {
  return error instanceof UnavailableError ? error : cloudError(call, error);
}
