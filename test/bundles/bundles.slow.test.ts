import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, jest } from '@jest/globals';
import { startCloud } from '../../local/cloud.ts';
import { type LocalService, startService } from '../../local/service.ts';
import { createMemoryTelemetry } from '../fixtures/memory-telemetry.ts';
import { describeContents } from './contents.ts';
import { type Deployment, deploy } from './deployment.ts';
import { describeEvents } from './events.ts';
import { describeMainJob } from './main-job.ts';
import { type Replay, replayOf } from './replay.ts';
import { fromRoot } from './synthesized.ts';

// The synthesis alone takes half a minute.
jest.setTimeout(300_000);

const work = mkdtempSync(join(tmpdir(), 'twinlock-brand-'));
const started: { close(): Promise<void> }[] = [];
let deployment: Deployment;
let service: LocalService;
let replay: Replay;

// In one file, since they share what was synthesized.
beforeAll(async () => {
  const logo = join(work, 'logo.png');
  copyFileSync('test/pdf/pages/letter-en-A4-least-1.png', logo);
  const allowedOrigins = ['https://app.example.com'];
  const pdf = { brand: 'Example Vault', logo: fromRoot(logo) };
  deployment = await deploy({ bcryptCost: 10, allowedOrigins, pdf });
  started.push(deployment);
  replay = replayOf(deployment.functions);
  // With a cloud of its own: its keys are others.
  const cloud = await startCloud(null);
  started.push(cloud);
  const telemetry = createMemoryTelemetry();
  service = await startService({ cloud, port: 0, telemetry, allowedOrigins, settings: { bcryptCost: 10 } });
  started.push(service);
});

afterAll(async () => {
  for (const one of started.reverse()) await one.close();
  rmSync(work, { recursive: true, force: true });
});

const context = { deployment: () => deployment, replay: () => replay, local: () => service.url };
describeContents(context.deployment);
describeMainJob(context);
describeEvents(context);
