import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FolderUnusableError, useFolder } from '../durable.ts';
import { Bucket, type BucketContext } from './bucket.ts';
import { S3Error } from './errors.ts';

/** docs: general purpose bucket naming rules. Such a name is a safe folder name on every system. */
const BUCKET_NAME = /^(?!\d+\.\d+\.\d+\.\d+$)(?!xn--)(?!.*\.\.)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;

/** All buckets of one folder. One process at a time may use a folder. */
export class Store {
  readonly #folder: string;
  readonly #context: BucketContext;
  readonly #buckets = new Map<string, Bucket>();

  private constructor(folder: string, context: BucketContext) {
    this.#folder = folder;
    this.#context = context;
  }

  /**
   * @param folder null for one that `dispose` removes
   * @throws FolderUnusableError when it cannot be written, or what lies in it was not written by this store
   */
  static open(folder: string | null, now: () => number): Store {
    const root = folder ?? mkdtempSync(join(tmpdir(), 'twinlock-s3-'));
    const temporary = join(root, 'incoming');
    const store = new Store(root, { now, temporary, durable: folder !== null });
    useFolder(root);
    try {
      // What was cut short by a crash.
      rmSync(temporary, { recursive: true, force: true });
      mkdirSync(temporary, { mode: 0o700 });
      useFolder(store.#bucketsFolder);
      for (const name of readdirSync(store.#bucketsFolder)) store.#load(name);
    } catch (cause) {
      if (cause instanceof FolderUnusableError) throw cause;
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new FolderUnusableError(`cannot use what lies in ${root}: ${reason}`, { cause });
    }
    return store;
  }

  /** Every bucket, by name. */
  list(): readonly Bucket[] {
    return [...this.#buckets.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** @throws S3Error NoSuchBucket */
  bucket(name: string): Bucket {
    const bucket = this.#buckets.get(name);
    if (bucket === undefined) throw new S3Error('NoSuchBucket', { details: { BucketName: name } });
    return bucket;
  }

  /** Making a bucket again that is one's own succeeds, as in us-east-1. @throws S3Error InvalidBucketName */
  create(name: string): void {
    if (!BUCKET_NAME.test(name)) throw new S3Error('InvalidBucketName', { details: { BucketName: name } });
    if (this.#buckets.has(name)) return;
    this.#buckets.set(name, Bucket.create(join(this.#bucketsFolder, name), name, this.#context));
  }

  /** @throws S3Error NoSuchBucket, BucketNotEmpty */
  delete(name: string): void {
    const bucket = this.bucket(name);
    if (bucket.keys.length > 0) throw new S3Error('BucketNotEmpty', { details: { BucketName: name } });
    bucket.destroy();
    this.#buckets.delete(name);
  }

  /** Removes the folder of a store that was opened without one. */
  dispose(): void {
    if (!this.#context.durable) rmSync(this.#folder, { recursive: true, force: true });
  }

  get #bucketsFolder(): string {
    return join(this.#folder, 'buckets');
  }

  #load(name: string): void {
    if (!BUCKET_NAME.test(name)) return;
    const folder = join(this.#bucketsFolder, name);
    const bucket = Bucket.load(folder, name, this.#context);
    if (bucket !== null) this.#buckets.set(name, bucket);
    else if (existsSync(folder)) rmSync(folder, { recursive: true, force: true });
  }
}
