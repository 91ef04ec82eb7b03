import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { MessageKey } from '../../lambda/crypto/cobblestone.ts';
import { sealStream } from '../../lambda/crypto/cobblestone-stream.ts';
import { piecesOf } from './pieces.ts';

/** Seals so many MiB, and says how much memory that ever took: bytes. Nothing else is loaded here. */
const key = new MessageKey(randomBytes(32), randomBytes(64), randomBytes(24));
for await (const _ of sealStream(key, piecesOf(Number(process.argv[2]))));
console.log(peak());

/** On Linux `maxRSS` holds what the process that started this one had: the kernel's own mark begins anew. */
function peak(): number {
  if (process.platform !== 'linux') return process.resourceUsage().maxRSS * 1024;
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]) * 1024;
}
