import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { type LocalCloud, startCloud } from '../../local/cloud.ts';
import { type LocalService, startService } from '../../local/service.ts';
import { answerOf, PASSWORD } from '../fixtures/app.ts';
import { createMemoryTelemetry } from '../fixtures/memory-telemetry.ts';
import { contentsOf, sha256 } from '../usecases/export-support.ts';

jest.setTimeout(60_000);

const UNZIP = spawnSync('unzip', ['-v']).status === 0;

describe('an export of the local service', () => {
  const telemetry = createMemoryTelemetry();
  const folder = mkdtempSync(join(tmpdir(), 'twinlock-export-'));
  let cloud: LocalCloud;
  let service: LocalService;
  let archive: Buffer;
  const pdfs = new Map<string, string>();

  beforeAll(async () => {
    cloud = await startCloud(null);
    service = await startService({ cloud, port: 0, telemetry, settings: { bcryptCost: 10 } });
    const call = async (method: string, path: string, token?: string, body?: object) =>
      answerOf(
        await fetch(service.url + path, {
          method,
          headers: {
            'content-type': 'application/json',
            ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
          },
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        }),
      );
    const account = { email: 'leaver@example.com', password: PASSWORD, acceptDataLoss: true };
    const token = (await call('POST', '/v1/accounts', undefined, account)).text('session.token');
    const note = { type: 'note', label: 'a note', data: { text: 'several lines\n'.repeat(300) } };
    const items = [(await call('POST', '/v1/items', token, note)).text('id')];
    for (let i = 0; i < 2; i++) {
      const body = { template: 'personal-data-record', title: '../../a hostile: title', inputs: { items } };
      const id = (await call('POST', '/v1/documents', token, body)).text('id');
      pdfs.set(id, sha256((await call('GET', `/v1/documents/${id}/content`, token)).bytes));
    }
    const answer = await call('GET', '/v1/account/export', token);
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'application/zip']);
    archive = answer.bytes;
    writeFileSync(join(folder, 'export.zip'), archive);
  });
  afterAll(async () => {
    await service.close();
    await cloud.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('is whole, by the production adapters', () => {
    const { names, body, manifest } = contentsOf(archive);
    expect(manifest.documents.map(({ id }) => id)).toEqual([...pdfs.keys()].sort());
    for (const [id, sum] of pdfs) expect(sha256(body(`documents/${id}.pdf`))).toBe(sum);
    expect(names).toHaveLength(6);
    expect(telemetry.counts.get('IntegrityFailure') ?? telemetry.counts.get('CloudFailure')).toBeUndefined();
  });

  (UNZIP ? it : it.skip)(UNZIP ? 'is opened by unzip' : 'unzip is not installed', () => {
    const path = join(folder, 'export.zip');
    expect(execFileSync('unzip', ['-t', path], { encoding: 'utf8' })).toContain('No errors detected');
    execFileSync('unzip', ['-q', path, '-d', join(folder, 'out')]);
    for (const [id, sum] of pdfs) expect(sha256(readFileSync(join(folder, `out/documents/${id}.pdf`)))).toBe(sum);
  });
});
