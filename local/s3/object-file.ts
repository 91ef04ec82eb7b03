import { randomBytes } from 'node:crypto';
import { closeSync, fstatSync, openSync, readSync, rmSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';

import { FolderUnusableError } from '../durable.ts';

// One file is one version of an object: its bytes, then what is known of them as JSON, the length of that as n32, and
// the mark. Both appear by one rename, so that a crash never leaves one without the other.
const MARK = Buffer.from('TwinS3\0\x01', 'latin1');
const FOOTER = 4 + MARK.length;

/** A file that is being written, under a name of its own until it is whole. */
export class ObjectFile {
  readonly path: string;
  readonly #handle: FileHandle;
  readonly #durable: boolean;

  private constructor(path: string, handle: FileHandle, durable: boolean) {
    this.path = path;
    this.#handle = handle;
    this.#durable = durable;
  }

  /** @param durable whether `finish` waits for the disk */
  static async create(folder: string, durable: boolean): Promise<ObjectFile> {
    const path = join(folder, randomBytes(16).toString('hex'));
    return new ObjectFile(path, await open(path, 'wx', 0o600), durable);
  }

  async write(chunk: Uint8Array): Promise<void> {
    // appendFile, unlike write, goes on until every byte is taken.
    await this.#handle.appendFile(chunk);
  }

  /** Adds what is known of the bytes; the file is whole and on the disk when this resolves, still under its own name. */
  async finish(record: object): Promise<void> {
    const json = Buffer.from(JSON.stringify(record), 'utf8');
    const length = Buffer.alloc(4);
    length.writeUInt32BE(json.length);
    await this.#handle.appendFile(Buffer.concat([json, length, MARK]));
    if (this.#durable) await this.#handle.sync();
    await this.#handle.close();
  }

  /** Removes the file where it was not renamed. */
  async discard(): Promise<void> {
    await this.#handle.close();
    rmSync(this.path, { force: true });
  }
}

/**
 * What was written with the bytes of a finished file.
 *
 * @param parse checks the JSON's shape: null when it is none of its own
 * @throws FolderUnusableError for a file that is not whole
 */
export function readRecord<T extends { readonly size: number }>(path: string, parse: (json: unknown) => T | null): T {
  const handle = openSync(path, 'r');
  try {
    const { size } = fstatSync(handle);
    const footer = Buffer.alloc(FOOTER);
    if (size < FOOTER || readSync(handle, footer, 0, FOOTER, size - FOOTER) !== FOOTER) throw damaged(path);
    const length = footer.readUInt32BE(0);
    if (!footer.subarray(4).equals(MARK) || length > size - FOOTER) throw damaged(path);
    const json = Buffer.alloc(length);
    if (readSync(handle, json, 0, length, size - FOOTER - length) !== length) throw damaged(path);
    const record = parse(JSON.parse(json.toString('utf8')));
    if (record?.size !== size - FOOTER - length) throw damaged(path);
    return record;
  } catch (error) {
    throw error instanceof SyntaxError ? damaged(path) : error;
  } finally {
    closeSync(handle);
  }
}

function damaged(path: string): FolderUnusableError {
  return new FolderUnusableError(`the stored object ${path} is damaged; remove the file to go on without it`);
}
