import { randomBytes, randomUUID } from 'node:crypto';
import { chmodSync, existsSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';

import { FolderUnusableError, useFolder, writeAtomically } from '../durable.ts';
import { KmsError } from './errors.ts';

export type KeySpec = 'SYMMETRIC_DEFAULT' | 'HMAC_256';

export interface Key {
  /** A UUID. */
  readonly id: string;
  readonly arn: string;
  readonly spec: KeySpec;
  readonly description: string;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  readonly enabled: boolean;
  /** 32 bytes in base64. */
  readonly material: string;
}

interface State {
  readonly format: 1;
  readonly keys: readonly Key[];
  /** From an alias's name, `alias/…`, to its key's id. */
  readonly aliases: Readonly<Record<string, string>>;
}

export const ACCOUNT = '000000000000';
const ALIAS = /^alias\/[A-Za-z0-9/_-]{1,250}$/;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** The keys and their aliases; every change is on the disk before it is told of. */
export class Keyring {
  readonly #file: string | null;
  readonly #region: string;
  #state: State;

  private constructor(file: string | null, region: string, state: State) {
    this.#file = file;
    this.#region = region;
    this.#state = state;
  }

  /** @throws FolderUnusableError when the file cannot be read, written or understood; it is left as it is */
  static open(file: string | null, region: string): Keyring {
    const empty: State = { format: 1, keys: [], aliases: {} };
    if (file === null) return new Keyring(null, region, empty);
    useFolder(dirname(file));
    try {
      if (existsSync(file)) {
        chmodSync(file, 0o600);
        return new Keyring(file, region, parse(readFileSync(file, 'utf8'), file));
      }
      const keyring = new Keyring(file, region, empty);
      keyring.#change(empty);
      return keyring;
    } catch (cause) {
      if (cause instanceof FolderUnusableError) throw cause;
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new FolderUnusableError(`cannot keep keys in ${file}: ${reason}`, { cause });
    }
  }

  get keys(): readonly Key[] {
    return this.#state.keys;
  }

  /** Alias names with their keys, by name. */
  get aliases(): readonly { readonly name: string; readonly key: Key }[] {
    return Object.entries(this.#state.aliases)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, keyId]) => ({ name, key: this.find(keyId) }));
  }

  /** The ARN of an alias or key of this account, as `alias/…` or `key/…`. */
  arn(resource: string): string {
    return `arn:aws:kms:${this.#region}:${ACCOUNT}:${resource}`;
  }

  /** @param reference a key's id or ARN, or an alias's name or ARN @throws KmsError NotFoundException */
  find(reference: string): Key {
    const alias = this.#aliasName(reference);
    const id =
      alias === null ? reference : Object.hasOwn(this.#state.aliases, alias) ? this.#state.aliases[alias] : null;
    const key = this.#state.keys.find((candidate) => candidate.id === id || candidate.arn === id);
    if (key !== undefined) return key;
    throw new KmsError(
      'NotFoundException',
      alias === null
        ? `Key '${reference.startsWith('arn:') ? reference : this.arn(`key/${reference}`)}' does not exist`
        : `Alias ${this.arn(alias)} is not found.`,
    );
  }

  create(spec: KeySpec, description: string, now: number): Key {
    const id = randomUUID();
    const material = randomBytes(32).toString('base64');
    const key: Key = { id, arn: this.arn(`key/${id}`), spec, description, createdAt: now, enabled: true, material };
    this.#change({ ...this.#state, keys: [...this.#state.keys, key] });
    return key;
  }

  /** @throws KmsError AlreadyExistsException, ValidationException, NotFoundException */
  alias(name: string, keyReference: string): void {
    if (!ALIAS.test(name) || name.startsWith('alias/aws/')) {
      throw new KmsError(
        'ValidationException',
        'Alias must start with the prefix "alias/" and be of letters, digits, "/", "_" and "-".',
      );
    }
    const key = this.find(keyReference);
    if (Object.hasOwn(this.#state.aliases, name)) {
      throw new KmsError('AlreadyExistsException', `An alias with the name ${this.arn(name)} already exists`);
    }
    this.#change({ ...this.#state, aliases: { ...this.#state.aliases, [name]: key.id } });
  }

  setEnabled(key: Key, enabled: boolean): void {
    const keys = this.#state.keys.map((candidate) => (candidate.id === key.id ? { ...candidate, enabled } : candidate));
    this.#change({ ...this.#state, keys });
  }

  #aliasName(reference: string): string | null {
    const own = this.arn('');
    const name = reference.startsWith(own) ? reference.slice(own.length) : reference;
    return name.startsWith('alias/') ? name : null;
  }

  #change(state: State): void {
    if (this.#file !== null) writeAtomically(this.#file, `${JSON.stringify(state, null, 2)}\n`);
    this.#state = state;
  }
}

function parse(text: string, file: string): State {
  // Without the parser's own message, which quotes the text: keys stand in it.
  const damaged = new FolderUnusableError(`the keys file ${file} is damaged; it was left as it is`);
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw damaged;
  }
  if (!isState(json)) throw damaged;
  const ids = new Set(json.keys.map((key) => key.id));
  if (ids.size !== json.keys.length || Object.values(json.aliases).some((id) => !ids.has(id))) throw damaged;
  return json;
}

function isState(json: unknown): json is State {
  if (!isObject(json) || json['format'] !== 1 || !Array.isArray(json['keys']) || !isObject(json['aliases']))
    return false;
  const names = Object.entries(json['aliases']);
  return json['keys'].every(isKey) && names.every(([name, id]) => ALIAS.test(name) && typeof id === 'string');
}

function isKey(json: unknown): json is Key {
  if (!isObject(json)) return false;
  const { id, arn, spec, description, createdAt, enabled, material } = json;
  return (
    typeof id === 'string' &&
    UUID.test(id) &&
    typeof arn === 'string' &&
    arn.endsWith(`:key/${id}`) &&
    (spec === 'SYMMETRIC_DEFAULT' || spec === 'HMAC_256') &&
    typeof description === 'string' &&
    typeof createdAt === 'number' &&
    typeof enabled === 'boolean' &&
    typeof material === 'string' &&
    Buffer.from(material, 'base64').length === 32
  );
}

function isObject(json: unknown): json is Readonly<Record<string, unknown>> {
  return typeof json === 'object' && json !== null && !Array.isArray(json);
}
