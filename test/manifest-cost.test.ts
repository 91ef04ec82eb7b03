import { readFileSync } from 'node:fs';
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { expect, it } from '@jest/globals';
import { encodeRow } from '../lambda/adapters/dynamodb/rows.ts';
import { randomBytes } from '../lambda/adapters/system/system.ts';
import { SecretBytes } from '../lambda/crypto/bytes.ts';
import {
  ACCOUNT_TAGS,
  entryKey,
  type Manifest,
  type ManifestEntry,
  type SessionAnchor,
} from '../lambda/crypto/manifest.ts';
import { VaultKeys } from '../lambda/crypto/vault-keys.ts';
import { type AccountId, type DocumentId, type ItemId, newId, type SessionId } from '../lambda/domain/ids.ts';
import { sealManifest } from '../lambda/usecases/manifest-row.ts';

const NOW = Date.UTC(2026, 0, 1);
/** What a transaction counts for each KB, begun or whole, of a row that it writes. */
const UNITS_A_KB = 2;

const id = <T extends AccountId | ItemId | DocumentId | SessionId>(): T => newId<T>(NOW, randomBytes(10));

/** The bytes of a row as DynamoDB counts them: its attributes' names and values. */
function sizeOf(attributes: Readonly<Record<string, AttributeValue>>): number {
  return Object.entries(attributes).reduce((sum, [name, value]) => {
    if (value.S !== undefined) return sum + name.length + Buffer.byteLength(value.S);
    if (value.B !== undefined) return sum + name.length + value.B.length;
    if (value.N !== undefined) return sum + name.length + Math.ceil(value.N.length / 2) + 1;
    throw new Error(`${name} is of a type that no manifest has`);
  }, 0);
}

/** A manifest of an account with a recovery code: half items, half documents. */
function manifestOf(entries: number, live: number, ended: number): Manifest {
  const known = { version: 1, commitment: new Uint8Array(16), dekVersion: 1 };
  const all = Array.from(
    { length: entries },
    (_, n): ManifestEntry =>
      n % 2 === 0
        ? { kind: 'item', id: id<ItemId>(), ...known }
        : { kind: 'document', id: id<DocumentId>(), ...known, expiresAt: NOW },
  );
  const sessions = Array.from({ length: live + ended }, (_, n): [SessionId, SessionAnchor] => [
    id<SessionId>(),
    { count: 1, head: new Uint8Array(16), ended: n >= live },
  ]);
  const { previousDek: _rotating, ...tags } = ACCOUNT_TAGS;
  return {
    revision: 1_000_000,
    account: {
      epoch: 1,
      version: 1,
      dekVersion: 1,
      hashes: new Map(Object.values(tags).map((tag) => [tag, new Uint8Array(32)])),
    },
    entries: new Map(all.map((entry) => [entryKey(entry.kind, entry.id), entry])),
    sessions: new Map(sessions),
  };
}

it('costs what docs/operations.md says', () => {
  const keys = new VaultKeys(new SecretBytes(randomBytes(32)), id<AccountId>(), 1, randomBytes);
  const line = (entries: number, live: number, ended: number): string => {
    const bytes = sizeOf(encodeRow(sealManifest(keys, manifestOf(entries, live, ended))));
    const cells = [entries, live, ended, bytes, UNITS_A_KB * Math.ceil(bytes / 1024)];
    return `| ${cells.map((cell) => cell.toLocaleString('en-US')).join(' | ')} |`;
  };
  const table = [1, 100, 2000].flatMap((entries) => [line(entries, 1, 0), line(entries, 40, 1000)]);
  keys.wipe();
  const [, text = ''] = readFileSync('docs/operations.md', 'utf8').split('\n### What the manifest costs\n');
  const [, told = ''] = text.split('| --- | --- | --- | --- | --- |\n');
  expect(told.split('\n').slice(0, table.length)).toEqual(table);
});
