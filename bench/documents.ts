import { type ChildProcess, fork } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { startCloud } from '../local/cloud.ts';
import { median } from './measure.ts';
import type { Result, Row } from './results.ts';
import type { Question, Reply } from './service-process.ts';

const MIB = 1024 * 1024;
const PART = 4 * MIB;
const SIZES = [10, 180] as const;
const SHORT_SIZES = [5, 9] as const;
const PASSWORD = 'nine copper rivers wander';

/** The most memory of the service's process, in bytes. */
interface Memory {
  readonly resident: number;
  readonly alive: number;
}

interface Times {
  readonly firstByteMs: number;
  readonly wholeMs: number;
}

/**
 * A PDF goes in by parts and comes out as a stream, of 10 MiB and of 180 MiB by turns. The service has a process of its
 * own, so that neither the emulators nor the client are measured. Both sizes take the same way: what grows with the size
 * is the time to the last byte, not that to the first, and not memory.
 *
 * @throws Error where what comes out is not what went in
 */
export async function benchDocuments(rounds: number): Promise<Result> {
  const sizes = rounds === 1 ? SHORT_SIZES : SIZES;
  const folder = await mkdtemp(join(tmpdir(), 'twinlock-bench-'));
  const cloud = await startCloud(folder);
  const child = fork(new URL('./service-process.ts', import.meta.url), {
    execArgv: [...process.execArgv, '--expose-gc'],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  try {
    const { endpoints, region, credentials, table, bucket, wrapKeyArns, macKeyArn } = cloud;
    const start = { endpoints, region, credentials, table, bucket, wrapKeyArns, macKeyArn };
    const { url } = (await ask(child, { start })) as { url: string };
    const api = await signUp(url);
    const documents: Sent[] = [];
    for (const size of sizes) documents.push(await upload(child, api, size));
    const times = new Map<Sent, Times[]>(documents.map((document) => [document, []]));
    for (let round = 0; round < rounds; round++) {
      for (const document of documents) {
        const read = await download(api, document);
        // The first reading of all warms what the others find warm.
        if (round > 0 || rounds === 1) times.get(document)?.push(read);
      }
    }
    const rows: Row[] = [];
    for (const document of documents) {
      const all = times.get(document) ?? [];
      await ask(child, 'watch');
      await download(api, document);
      const read = await mark(child);
      rows.push({
        name: `${document.size} MiB`,
        values: {
          'first byte, ms': median(all.map(({ firstByteMs }) => firstByteMs)),
          'last byte, ms': median(all.map(({ wholeMs }) => wholeMs)),
          'most alive while read, MiB': read.alive / MIB,
          'most alive while sent, MiB': document.sent.alive / MIB,
          'most resident while read, MiB': read.resident / MIB,
        },
      });
    }
    const about = 'Documents by parts in, as a stream out, through the local service.';
    return { name: 'documents', about, goals: [], tables: [{ about: 'By size:', rows }] };
  } finally {
    child.kill();
    await cloud.close();
    await rm(folder, { recursive: true, force: true });
  }
}

interface Sent {
  /** MiB. */
  readonly size: number;
  readonly id: string;
  readonly sha256: string;
  readonly sent: Memory;
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
async function mark(child: ChildProcess): Promise<Memory> {
  return (await ask(child, 'mark')) as Memory;
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
async function upload(child: ChildProcess, { url, headers }: Api, mebibytes: number): Promise<Sent> {
  const size = mebibytes * MIB;
  await ask(child, 'watch');
  const json = { ...headers, 'content-type': 'application/json' };
  const uploads = `${url}/v1/uploads`;
  const title = JSON.stringify({ title: 'A large document' });
  const begun = await good(fetch(uploads, { method: 'POST', headers: json, body: title }));
  const { uploadId } = (await begun.json()) as { uploadId: string };
  const hash = createHash('sha256');
  const parts = Math.ceil(size / PART);
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
  const sent = await mark(child);
  await compareRange({ url, headers }, uploadId);
  return { size: mebibytes, id: uploadId, sha256, sent };
}

async function download({ url, headers }: Api, { id, sha256 }: Sent): Promise<Times> {
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
  return { firstByteMs, wholeMs };
}

async function good(answering: Promise<Response>): Promise<Response> {
  const answer = await answering;
  if (!answer.ok) throw new Error(`the service answered ${answer.status}: ${await answer.text()}`);
  return answer;
}
