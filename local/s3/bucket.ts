import { createHash, randomBytes } from 'node:crypto';
import { existsSync, openSync, readdirSync, readFileSync, renameSync, rmSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';

import { FolderUnusableError, syncFolder, useFolder, writeAtomically } from '../durable.ts';
import { S3Error } from './errors.ts';
import { ObjectFile, readRecord } from './object-file.ts';
import { compareKeys, lowerBound } from './order.ts';
import { isObject, type ObjectRecord, parseObjectRecord } from './record.ts';

export type Versioning = 'Enabled' | 'Suspended';

/** What must hold of the current version when a write takes effect. */
export interface WriteCondition {
  /** There is none. */
  readonly absent?: boolean;
  /** It has this ETag (hex, or `*` for any). */
  readonly etag?: string;
}

export type NewObject = Pick<ObjectRecord, 'size' | 'etag' | 'headers' | 'checksum'>;

export interface BucketContext {
  readonly now: () => number;
  /** Where files are written until they are whole: on the same disk as the bucket. */
  readonly temporary: string;
  readonly durable: boolean;
}

interface Settings {
  readonly createdAt: number;
  readonly versioning: Versioning | null;
  readonly lifecycle: string | null;
}

const VERSION_ID = /^[0-9a-f]{32}$/;
const OBJECT_FILE = /^[0-9a-f]{64}\.(?:null|[0-9a-f]{32})$/;

/**
 * One bucket: versions lie in `objects/<SHA-256 of the key>.<version>`, so that no key is ever a path; the index of them is
 * held in memory and read anew at a start. A change of the index and its rename happen in one turn: nobody sees half of it.
 */
export class Bucket {
  readonly name: string;
  readonly folder: string;
  /** Whether the bucket was deleted while a request was still at work on it. */
  removed = false;
  readonly #context: BucketContext;
  readonly #keys: string[] = [];
  /** Newest first; never an empty list. */
  readonly #versions = new Map<string, readonly ObjectRecord[]>();
  #settings: Settings;
  #order = 0;

  private constructor(name: string, folder: string, settings: Settings, context: BucketContext) {
    this.name = name;
    this.folder = folder;
    this.#settings = settings;
    this.#context = context;
  }

  static create(folder: string, name: string, context: BucketContext): Bucket {
    useFolder(join(folder, 'objects'));
    useFolder(join(folder, 'uploads'));
    const bucket = new Bucket(name, folder, { createdAt: context.now(), versioning: null, lifecycle: null }, context);
    bucket.#saveSettings(bucket.#settings);
    return bucket;
  }

  /** The bucket in a folder; null for one whose creation or removal was cut short. */
  static load(folder: string, name: string, context: BucketContext): Bucket | null {
    const file = join(folder, 'bucket.json');
    if (!existsSync(file)) return null;
    const bucket = new Bucket(name, folder, parseSettings(file), context);
    for (const entry of readdirSync(bucket.#objects)) {
      if (!OBJECT_FILE.test(entry)) continue;
      const path = join(bucket.#objects, entry);
      const record = readRecord(path, parseObjectRecord);
      if (path !== bucket.#pathOf(record))
        throw new FolderUnusableError(`${path} holds another object than its name says`);
      bucket.#index(record);
    }
    return bucket;
  }

  get createdAt(): number {
    return this.#settings.createdAt;
  }

  get versioning(): Versioning | null {
    return this.#settings.versioning;
  }

  set versioning(versioning: Versioning | null) {
    this.#saveSettings({ ...this.#settings, versioning });
  }

  /** The lifecycle configuration as it was put, an XML document. It is kept, not carried out. */
  get lifecycle(): string | null {
    return this.#settings.lifecycle;
  }

  set lifecycle(lifecycle: string | null) {
    this.#saveSettings({ ...this.#settings, lifecycle });
  }

  /** Every key that has a version, in S3's order. */
  get keys(): readonly string[] {
    return this.#keys;
  }

  /** All versions of a key, newest first. */
  versions(key: string): readonly ObjectRecord[] {
    return this.#versions.get(key) ?? [];
  }

  /** The version of that id, or the current one; a delete marker may be it. */
  find(key: string, versionId: string | null): ObjectRecord | null {
    const versions = this.versions(key);
    return (versionId === null ? versions[0] : versions.find((version) => version.versionId === versionId)) ?? null;
  }

  /** Opens the file of a version that was just found, in the same turn. The caller closes it. */
  open(record: ObjectRecord): number {
    return openSync(this.#pathOf(record), 'r');
  }

  /** A file for the bytes of a version to come. */
  newFile(): Promise<ObjectFile> {
    return ObjectFile.create(this.#context.temporary, this.#context.durable);
  }

  /**
   * Makes a written file the current version of a key.
   *
   * @throws S3Error PreconditionFailed, or NoSuchKey when an ETag was asked for and there is no object
   */
  async commit(file: ObjectFile, key: string, object: NewObject, condition: WriteCondition): Promise<ObjectRecord> {
    // Told early where it can be; what counts is the look below.
    this.#check(key, condition);
    const record: ObjectRecord = { ...this.#stamp(key), deleteMarker: false, ...object };
    await file.finish(record);
    this.#check(key, condition);
    this.#place(file.path, record);
    this.#syncObjects();
    return record;
  }

  /** Removes the current version as DELETE without a version id does: the delete marker that came of it, or null. */
  async remove(key: string, condition: WriteCondition): Promise<ObjectRecord | null> {
    if (this.versioning === null) {
      this.#check(key, condition);
      this.removeVersion(key, 'null');
      return null;
    }
    const file = await this.newFile();
    try {
      const marker = { deleteMarker: true, size: 0, etag: '', headers: {}, checksum: null } as const;
      const record: ObjectRecord = { ...this.#stamp(key), ...marker };
      await file.finish(record);
      this.#check(key, condition);
      this.#place(file.path, record);
      this.#syncObjects();
      return record;
    } catch (error) {
      await file.discard();
      throw error;
    }
  }

  /** Removes one version for good: what it was, or null when there was none. */
  removeVersion(key: string, versionId: string): ObjectRecord | null {
    const record = this.find(key, versionId);
    if (record === null) return null;
    unlinkSync(this.#pathOf(record));
    this.#unindex(record);
    this.#syncObjects();
    return record;
  }

  /** Removes the bucket from the disk. */
  destroy(): void {
    this.removed = true;
    // First what makes it a bucket: the rest goes at the next start if this is cut short.
    unlinkSync(join(this.folder, 'bucket.json'));
    if (this.#context.durable) syncFolder(this.folder);
    rmSync(this.folder, { recursive: true, force: true });
  }

  get #objects(): string {
    return join(this.folder, 'objects');
  }

  #pathOf(record: ObjectRecord): string {
    const hash = createHash('sha256').update(record.key, 'utf8').digest('hex');
    return join(this.#objects, `${hash}.${record.versionId}`);
  }

  #stamp(key: string): Pick<ObjectRecord, 'key' | 'versionId' | 'order' | 'lastModified'> {
    const order = ++this.#order;
    const versionId = this.versioning === 'Enabled' ? versionIdOf(order) : 'null';
    return { key, versionId, order, lastModified: Math.floor(this.#context.now() / 1000) * 1000 };
  }

  #check(key: string, condition: WriteCondition): void {
    if (this.removed) throw new S3Error('NoSuchBucket', { details: { BucketName: this.name } });
    const newest = this.find(key, null);
    const current = newest === null || newest.deleteMarker ? null : newest;
    if (condition.absent === true && current !== null) {
      throw new S3Error('PreconditionFailed', { details: { Condition: 'If-None-Match' } });
    }
    if (condition.etag === undefined) return;
    if (current === null) throw new S3Error('NoSuchKey', { details: { Key: key } });
    if (condition.etag !== '*' && condition.etag !== current.etag) {
      throw new S3Error('PreconditionFailed', { details: { Condition: 'If-Match' } });
    }
  }

  #place(path: string, record: ObjectRecord): void {
    renameSync(path, this.#pathOf(record));
    this.#index(record);
  }

  #syncObjects(): void {
    if (this.#context.durable) syncFolder(this.#objects);
  }

  #index(record: ObjectRecord): void {
    const before = this.#versions.get(record.key);
    if (before === undefined) this.#keys.splice(lowerBound(this.#keys, record.key), 0, record.key);
    const others = (before ?? []).filter((version) => version.versionId !== record.versionId);
    this.#versions.set(
      record.key,
      [record, ...others].sort((a, b) => b.order - a.order),
    );
    this.#order = Math.max(this.#order, record.order);
  }

  #unindex(record: ObjectRecord): void {
    const left = this.versions(record.key).filter((version) => version !== record);
    if (left.length > 0) {
      this.#versions.set(record.key, left);
      return;
    }
    this.#versions.delete(record.key);
    const place = lowerBound(this.#keys, record.key);
    if (compareKeys(this.#keys[place] ?? '', record.key) === 0) this.#keys.splice(place, 1);
  }

  #saveSettings(settings: Settings): void {
    writeAtomically(join(this.folder, 'bucket.json'), `${JSON.stringify(settings)}\n`);
    this.#settings = settings;
  }
}

/** A fresh id of 32 hex digits: 16 of the order, for {@link orderOf}, and 16 of chance. */
function versionIdOf(order: number): string {
  return order.toString(16).padStart(16, '0') + randomBytes(8).toString('hex');
}

/** The order of a version that may be gone; null for the id `null` and for none of ours. */
export function orderOf(versionId: string): number | null {
  return VERSION_ID.test(versionId) ? Number.parseInt(versionId.slice(0, 16), 16) : null;
}

function parseSettings(file: string): Settings {
  const damaged = new FolderUnusableError(`the bucket's settings in ${file} are damaged`);
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    throw damaged;
  }
  if (!isObject(json)) throw damaged;
  const { createdAt, versioning, lifecycle } = json;
  if (typeof createdAt !== 'number' || (lifecycle !== null && typeof lifecycle !== 'string')) throw damaged;
  if (versioning !== null && versioning !== 'Enabled' && versioning !== 'Suspended') throw damaged;
  return { createdAt, versioning, lifecycle };
}
