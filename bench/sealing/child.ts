import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { MessageKey } from '../../lambda/crypto/cobblestone.ts';
import { sealStream } from '../../lambda/crypto/cobblestone-stream.ts';
import { piecesOf } from './pieces.ts';

/** MiB that are sealed first, in messages of one: V8's compilers take some 10 MB once code has run so often. */
const WARMING = 512;

/** Seals a message of so many MiB, and says how much memory the process ever took: bytes. Nothing else is loaded here. */
for (let n = 0; n < WARMING; n++) await seal(1);
await seal(Number(process.argv[2]));
console.log(peak());

async function seal(mebibytes: number): Promise<void> {
  const key = new MessageKey(randomBytes(32), randomBytes(64), randomBytes(24));
  for await (const _ of sealStream(key, piecesOf(mebibytes)));
  key.wipe();
}

/** On Linux `maxRSS` holds what the process that started this one had: the kernel's own mark begins anew. */
function peak(): number {
  if (process.platform !== 'linux') return process.resourceUsage().maxRSS * 1024;
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]) * 1024;
}
