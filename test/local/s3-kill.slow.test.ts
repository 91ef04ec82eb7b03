import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { CreateBucketCommand, GetObjectCommand, NoSuchKey, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { clientOf } from './s3-support.ts';

const Bucket = 'killed';
const KILLS = 4;
const LIFE_MS = 250;
const KEYS = ['a', 'b', 'c', 'd'];
const SIZE = 200_000;

describe('the local S3, killed with SIGKILL at work', () => {
  let folder: string;
  let child: ChildProcess | undefined;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'twinlock-test-'));
  });
  afterEach(async () => {
    if (child !== undefined) await kill(child);
    rmSync(folder, { recursive: true });
  });

  it('loses no put that it acknowledged, and leaves no object of two halves', async () => {
    const acknowledged = new Map<string, number>();
    let begun = 0;
    for (let life = 0; life <= KILLS; life++) {
      const running = await startChild(folder);
      child = running.child;
      const s3 = clientOf(running.endpoint);
      await s3.send(new CreateBucketCommand({ Bucket }));
      for (const Key of KEYS) {
        const n = await readNumber(s3, Key);
        expect(n).toBeGreaterThanOrEqual(acknowledged.get(Key) ?? 0);
        expect(n).toBeLessThanOrEqual(begun);
      }
      if (life < KILLS) {
        const lanes = KEYS.map(async (Key) => {
          for (;;) {
            const n = ++begun;
            await s3.send(new PutObjectCommand({ Bucket, Key, Body: content(n), Metadata: { n: String(n) } }));
            acknowledged.set(Key, n);
          }
        });
        const ended = Promise.allSettled(lanes);
        await sleep(LIFE_MS + Math.random() * 20);
        await kill(running.child);
        for (const outcome of await ended) expect(outcome.status).toBe('rejected');
      }
      s3.destroy();
    }
    expect(acknowledged.size).toBe(KEYS.length);
    expect(readdirSync(join(folder, 'buckets', Bucket, 'objects'))).toHaveLength(KEYS.length);
    expect(readdirSync(join(folder, 'incoming'))).toEqual([]);
  }, 60_000);
});

function content(n: number): Buffer {
  return Buffer.alloc(SIZE, `${n};`);
}

/** The number that an object was written with, held to its every byte and its metadata; 0 when it is not there. */
async function readNumber(s3: S3Client, Key: string): Promise<number> {
  try {
    const { Body, Metadata } = await s3.send(new GetObjectCommand({ Bucket, Key }));
    const n = Number(Metadata?.['n']);
    expect(Buffer.from((await Body?.transformToByteArray()) ?? []).equals(content(n))).toBe(true);
    return n;
  } catch (error) {
    if (error instanceof NoSuchKey) return 0;
    throw error;
  }
}

async function startChild(folder: string): Promise<{ child: ChildProcess; endpoint: string }> {
  const script = join(__dirname, 's3-process.ts');
  const child = spawn(process.execPath, ['--import', 'tsx', script, folder], { stdio: ['ignore', 'pipe', 'inherit'] });
  for await (const line of createInterface({ input: child.stdout })) {
    return { child, endpoint: `http://127.0.0.1:${line}` };
  }
  throw new Error('the emulator ended before it was ready');
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGKILL');
  await once(child, 'exit');
}
