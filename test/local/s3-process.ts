import { startS3 } from '../../local/s3/server.ts';

// A process of its own, so that it can be killed: prints its port when it is ready.
const server = await startS3({ folder: process.argv[2] ?? null });
process.stdout.write(`${server.port}\n`);
