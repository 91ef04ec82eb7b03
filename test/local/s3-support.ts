import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { S3Client } from '@aws-sdk/client-s3';

export interface RawAnswer {
  readonly status: number;
  readonly body: string;
}

/** A client that sends each call once. */
export function clientOf(endpoint: string): S3Client {
  return new S3Client({
    endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    forcePathStyle: true,
    maxAttempts: 1,
  });
}

/** Sends a request byte by byte as it is given, with no library in between to mend it. */
export async function sendRaw(
  port: number,
  line: string,
  headers: Readonly<Record<string, string>>,
  body: string | Buffer = '',
): Promise<RawAnswer> {
  const socket = connect(port, '127.0.0.1');
  const all = { host: `127.0.0.1:${port}`, connection: 'close', ...headers };
  const head = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.write(`${line} HTTP/1.1\r\n${head.join('')}\r\n`);
  socket.write(body);
  let answer = '';
  socket.setEncoding('utf8').on('data', (text: string) => {
    answer += text;
  });
  await once(socket, 'close');
  const end = answer.indexOf('\r\n\r\n');
  return { status: Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1]), body: answer.slice(end + 4) };
}

/** Asks again until it holds. @throws Error after 5 s */
export async function until(what: string, holds: () => boolean): Promise<void> {
  for (const end = Date.now() + 5000; !holds(); ) {
    await sleep(5);
    if (Date.now() > end) throw new Error(`not within 5 s: ${what}`);
  }
}
