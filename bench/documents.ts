import { type ChildProcess, fork } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { startCloud } from '../local/cloud.ts';
import { median, type Result, type Row } from './results.ts';
import type { Question, Reply } from './service-process.ts';

const MIB = 1024 * 1024;
const PART = 4 * MIB;
const SIZES = [10, 180] as const;
const PASSWORD = 'nine copper rivers wander';

interface Options {
  /** Times that each size is read. */
  readonly rounds: number;
  /** MiB. */
  readonly sizes?: readonly number[];
}

interface Measured {
  readonly firstByteMs: number;
  readonly wholeMs: number;
  readonly resident: number;
  readonly held: number;
}

/**
 * A PDF goes in by parts and comes out as a stream, of 10 MiB and of 180 MiB by turns. The service has a process of its
 * own, so that neither the emulators nor the client are measured. Both sizes take the same way: what grows with the size
 * is the time to the last byte, not that to the first, and not memory.
 *
 * @throws Error where what comes out is not what went in
 */
export async function benchDocuments({ rounds, sizes = SIZES }: Options): Promise<Result> {
  const folder = await mkdtemp(join(tmpdir(), 'twinlock-bench-'));
  const cloud = await startCloud(folder);
  const child = fork(new URL('./service-process.ts', import.meta.url), {
    execArgv: [...process.execArgv, '--expose-gc'],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  try {
    const { endpoints, region, credentials, table, bucket, wrapKeyArn, macKeyArn } = cloud;
    const start = { endpoints, region, credentials, table, bucket, wrapKeyArn, macKeyArn };
    const { url } = (await ask(child, { start })) as { url: string };
    const api = await signUp(url);
    const documents: { size: number; id: string; sha256: string; sent: Measured }[] = [];
    for (const size of sizes) documents.push({ size, ...(await upload(child, api, size * MIB)) });
    const read = new Map<number, Measured[]>(sizes.map((size) => [size, []]));
    for (let round = 0; round < rounds; round++) {
      for (const { size, id, sha256 } of documents) {
        const measured = await download(child, api, id, sha256);
        // The first reading of all warms what the others find warm.
        if (round > 0 || rounds === 1) read.get(size)?.push(measured);
      }
    }
    const rows = documents.map(({ size, sent }): Row => {
      const all = read.get(size) ?? [];
      const of = (pick: (one: Measured) => number) => median(all.map(pick));
      return {
        name: `${size} MiB`,
        values: {
          'first byte, ms': of(({ firstByteMs }) => firstByteMs),
          'last byte, ms': of(({ wholeMs }) => wholeMs),
          'most held while read, MiB': of(({ held }) => held) / MIB,
          'most resident while read, MiB': of(({ resident }) => resident) / MIB,
          'most held while sent, MiB': sent.held / MIB,
        },
      };
    });
    return { name: 'documents', about: 'Documents by parts in, as a stream out, through the local service.', rows };
  } finally {
    child.kill();
    await cloud.close();
    await rm(folder, { recursive: true, force: true });
  }
}

interface Api {
  readonly url: string;
  readonly headers: { readonly authorization: string };
}

async function ask(child: ChildProcess, question: Question): Promise<Reply> {
  const reply = once(child, 'message') as Promise<[Reply]>;
  child.send(question);
  return (await reply)[0];
}

/** Holds a range that begins in one part and ends in the next to the bytes that were sent. */
async function compareRange({ url, headers }: Api, id: string): Promise<void> {
  const range = `bytes=${PART - 1000}-${PART + 999}`;
  const answer = await good(fetch(`${url}/v1/documents/${id}/content`, { headers: { ...headers, range } }));
  const bytes = Buffer.from(await answer.arrayBuffer());
  const due = Buffer.concat([Buffer.alloc(1000, 1), Buffer.alloc(1000, 2)]);
  if (answer.status !== 206 || !bytes.equals(due)) throw new Error('a range is not of what went in');
}

/** The most memory since the mark before. */
async function mark(child: ChildProcess): Promise<{ resident: number; held: number }> {
  return (await ask(child, 'mark')) as { resident: number; held: number };
}

async function signUp(url: string): Promise<Api> {
  const body = JSON.stringify({ email: 'bench@example.com', password: PASSWORD, acceptDataLoss: true });
  const answer = await good(
    fetch(`${url}/v1/accounts`, { method: 'POST', headers: { 'content-type': 'application/json' }, body }),
  );
  const { session } = (await answer.json()) as { session: { token: string } };
  return { url, headers: { authorization: `Bearer ${session.token}` } };
}

/** Sends a PDF by parts, that is bytes of no meaning between a PDF's first and last. */
async function upload(child: ChildProcess, { url, headers }: Api, size: number) {
  await mark(child);
  const json = { ...headers, 'content-type': 'application/json' };
  const uploads = `${url}/v1/documents/uploads`;
  const title = JSON.stringify({ title: 'A large document' });
  const begun = await good(fetch(uploads, { method: 'POST', headers: json, body: title }));
  const { uploadId } = (await begun.json()) as { uploadId: string };
  const hash = createHash('sha256');
  const parts = Math.ceil(size / PART);
  const from = performance.now();
  for (let part = 1; part <= parts; part++) {
    const bytes = Buffer.alloc(Math.min(PART, size - (part - 1) * PART), part);
    if (part === 1) bytes.write('%PDF-1.7\n');
    if (part === parts) bytes.write('\n%%EOF\n', bytes.length - 7);
    hash.update(bytes);
    const path = `${uploads}/${uploadId}/parts/${part}`;
    await good(fetch(path, { method: 'PUT', headers: { ...headers, 'content-type': 'application/pdf' }, body: bytes }));
  }
  const sha256 = hash.digest('hex');
  const completion = JSON.stringify({ parts, sha256 });
  await good(fetch(`${uploads}/${uploadId}/complete`, { method: 'POST', headers: json, body: completion }));
  const sent = { firstByteMs: 0, wholeMs: performance.now() - from, ...(await mark(child)) };
  await compareRange({ url, headers }, uploadId);
  return { id: uploadId, sha256, sent };
}

async function download(child: ChildProcess, { url, headers }: Api, id: string, sha256: string): Promise<Measured> {
  await mark(child);
  const from = performance.now();
  const answer = await good(fetch(`${url}/v1/documents/${id}/content`, { headers }));
  const hash = createHash('sha256');
  let firstByteMs = 0;
  for await (const chunk of answer.body ?? []) {
    firstByteMs ||= performance.now() - from;
    hash.update(chunk as Uint8Array);
  }
  const wholeMs = performance.now() - from;
  if (hash.digest('hex') !== sha256) throw new Error('what came out is not what went in');
  return { firstByteMs, wholeMs, ...(await mark(child)) };
}

async function good(answering: Promise<Response>): Promise<Response> {
  const answer = await answering;
  if (!answer.ok) throw new Error(`the service answered ${answer.status}: ${await answer.text()}`);
  return answer;
}
