import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateAliasCommand, CreateKeyCommand, KMSClient, ListKeysCommand } from '@aws-sdk/client-kms';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { decrypt, encrypt, keyIdOf } from '../../local/kms/ciphertext.ts';
import { startKms } from '../../local/kms/server.ts';
import type { RunningServer } from '../../local/loopback.ts';
import { sendRaw } from './s3-support.ts';

describe('the local KMS', () => {
  let folder: string;
  let file: string;
  let server: RunningServer;
  let kms: KMSClient;

  const clientOf = ({ endpoint }: RunningServer) =>
    new KMSClient({ endpoint, region: 'us-east-1', credentials: { accessKeyId: 'local', secretAccessKey: 'local' } });

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'twinlock-test-'));
    file = join(folder, 'made', 'keys.json');
    server = await startKms({ file });
    kms = clientOf(server);
  });

  afterEach(async () => {
    kms.destroy();
    await server.close();
    rmSync(folder, { recursive: true });
  });

  const call = async (operation: string, body: string) => {
    const headers = { 'x-amz-target': `TrentService.${operation}`, 'content-length': String(Buffer.byteLength(body)) };
    const answer = await sendRaw(server.port, 'POST /', headers, body);
    return { status: answer.status, type: (JSON.parse(answer.body) as { __type?: string }).__type };
  };

  describe('the keys file', () => {
    it('is for the owner alone, from the start and when it was not', async () => {
      expect(statSync(file).mode & 0o777).toBe(0o600);
      await server.close();
      chmodSync(file, 0o644);
      server = await startKms({ file });
      expect(statSync(file).mode & 0o777).toBe(0o600);
      kms = clientOf(server);
      await kms.send(new CreateKeyCommand({}));
      expect(statSync(file).mode & 0o777).toBe(0o600);
      expect(statSync(join(folder, 'made')).mode & 0o777).toBe(0o700);
    });

    it('holds a key before its creation is answered', async () => {
      const { KeyMetadata } = await kms.send(new CreateKeyCommand({}));
      expect(readFileSync(file, 'utf8')).toContain(KeyMetadata?.KeyId);
    });

    it.each([
      ['is cut short', (text: string) => text.slice(0, -10)],
      ['is empty', () => ''],
      ['is of another format', (text: string) => text.replace('"format": 1', '"format": 2')],
      ['lacks key material', (text: string) => text.replace(/"material": "[^"]+"/, '"material": "AAAA"')],
      ['has an alias of no key', (text: string) => text.replace(/("alias\/x": ")[^"]+/, '$1none')],
    ])('is refused and left as it is when it %s, and no key is told', async (_, damage) => {
      const { KeyMetadata } = await kms.send(new CreateKeyCommand({}));
      await kms.send(new CreateAliasCommand({ AliasName: 'alias/x', TargetKeyId: KeyMetadata?.KeyId }));
      await server.close();
      const material = /"material": "([^"]+)"/.exec(readFileSync(file, 'utf8'))?.[1] ?? '';
      const damaged = damage(readFileSync(file, 'utf8'));
      writeFileSync(file, damaged);
      const refusal: unknown = await startKms({ file }).then(
        () => null,
        (error: unknown) => error,
      );
      expect(refusal).toMatchObject({ code: 'folder_unusable' });
      expect(readFileSync(file, 'utf8')).toBe(damaged);
      const told = refusal instanceof Error ? `${refusal.stack ?? ''} ${String(refusal.cause)}` : '';
      expect(told).toContain(file);
      expect(told).not.toContain(material.slice(0, 8));
    });

    it.each([
      ['lies under a file', () => join(file, 'keys.json')],
      ['is a folder', () => folder],
    ])('is refused when it %s', async (_, path) => {
      await expect(startKms({ file: path() })).rejects.toMatchObject({
        code: 'folder_unusable',
        message: expect.stringContaining(path().replace(/\/keys\.json$/, '')),
      });
    });
  });

  it('keeps nothing without a file', async () => {
    const passing = await startKms({ file: null });
    const client = clientOf(passing);
    await client.send(new CreateKeyCommand({}));
    expect((await client.send(new ListKeysCommand({}))).Keys).toHaveLength(1);
    client.destroy();
    await passing.close();
    const again = await startKms({ file: null });
    const other = clientOf(again);
    expect((await other.send(new ListKeysCommand({}))).Keys).toHaveLength(0);
    other.destroy();
    await again.close();
  });

  it('lists keys in pages', async () => {
    for (let i = 0; i < 5; i++) await kms.send(new CreateKeyCommand({}));
    const seen: (string | undefined)[] = [];
    let Marker: string | undefined;
    do {
      const page = await kms.send(new ListKeysCommand({ Limit: 2, Marker }));
      seen.push(...(page.Keys ?? []).map((key) => key.KeyId));
      Marker = page.NextMarker;
    } while (Marker !== undefined);
    expect(new Set(seen).size).toBe(5);
    expect(seen).toHaveLength(5);
  });

  it('names its keys after the region that it stands for', async () => {
    const other = await startKms({ file: null, region: 'eu-central-1' });
    const client = clientOf(other);
    const { KeyMetadata } = await client.send(new CreateKeyCommand({}));
    expect(KeyMetadata?.Arn).toBe(`arn:aws:kms:eu-central-1:000000000000:key/${KeyMetadata?.KeyId ?? ''}`);
    client.destroy();
    await other.close();
  });

  it.each<[string, string, string, string]>([
    ['a body that is no JSON', 'Encrypt', '{', 'SerializationException'],
    ['a body that is no object', 'Encrypt', '[]', 'SerializationException'],
    ['a plaintext that is no base64', 'Encrypt', '{"KeyId":"x","Plaintext":"a*b="}', 'SerializationException'],
    [
      'a context of numbers',
      'Encrypt',
      '{"KeyId":"x","Plaintext":"AA==","EncryptionContext":{"a":1}}',
      'SerializationException',
    ],
    ['a missing key', 'Encrypt', '{"Plaintext":"AA=="}', 'ValidationException'],
    [
      'an unknown MAC algorithm',
      'GenerateMac',
      '{"KeyId":"x","Message":"AA==","MacAlgorithm":"MD5"}',
      'ValidationException',
    ],
    ['a key of another kind', 'CreateKey', '{"KeySpec":"RSA_2048"}', 'ValidationException'],
    [
      'a usage that does not fit',
      'CreateKey',
      '{"KeySpec":"HMAC_256","KeyUsage":"ENCRYPT_DECRYPT"}',
      'ValidationException',
    ],
    ['a key policy, which it would not keep to', 'CreateKey', '{"Policy":"{}"}', 'UnsupportedOperationException'],
    ['a dry run', 'DescribeKey', '{"KeyId":"x","DryRun":true}', 'UnsupportedOperationException'],
    ['an operation that it has not', 'CreateGrant', '{}', 'UnknownOperationException'],
    ['an operation by the name of a builtin', 'constructor', '{}', 'UnknownOperationException'],
  ])('refuses %s', async (_, operation, body, type) => {
    expect(await call(operation, body)).toEqual({ status: 400, type });
  });

  it('refuses a body without end', async () => {
    expect(await call('Encrypt', `{"KeyId":"${'x'.repeat(300_000)}"}`)).toEqual({
      status: 400,
      type: 'ValidationException',
    });
  });

  it('gives nothing to a request for another host', async () => {
    const answer = await sendRaw(server.port, 'POST /', {
      host: 'attacker.example.com',
      'x-amz-target': 'TrentService.ListKeys',
      'content-length': '0',
    });
    expect(answer.status).toBe(403);
  });

  it('says when the port is taken', async () => {
    await expect(startKms({ file: null, port: server.port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });
});

describe('a ciphertext blob', () => {
  const id = '12345678-9abc-4def-8123-456789abcdef';
  const key = Buffer.alloc(32, 1);

  it('names its key', () => {
    expect(keyIdOf(encrypt(id, key, Buffer.from('plain'), {}))).toBe(id);
  });

  it('does not open under another key', () => {
    const blob = encrypt(id, key, Buffer.from('plain'), {});
    expect(decrypt(key, blob, {})?.toString()).toBe('plain');
    expect(decrypt(Buffer.alloc(32, 2), blob, {})).toBeNull();
  });

  it.each<[Record<string, string>, Record<string, string>]>([
    [{ a: 'bc' }, { ab: 'c' }],
    [{ a: 'b', c: 'd' }, { a: 'bcd' }],
    [{ a: '' }, {}],
    [{ a: 'é' }, { a: 'e\u0301' }],
  ])('tells the context %j from %j', (context, other) => {
    expect(decrypt(key, encrypt(id, key, Buffer.from('plain'), context), other)).toBeNull();
  });
});
