import { fork } from 'node:child_process';
import { once } from 'node:events';
import { startCloud } from '../../local/cloud.ts';
import { startService } from '../../local/service.ts';
import { PASSWORD } from '../../test/fixtures/app.ts';
import { FUNCTION_SETTINGS } from '../../test/fixtures/function-settings.ts';
import { gatewayEvent } from '../../test/fixtures/gateway-event.ts';
import { createMemoryTelemetry } from '../../test/fixtures/memory-telemetry.ts';

/** What some work took, ms. */
export interface Spent {
  readonly ms: number;
  readonly cpuMs: number;
}

/** What a start took, and the calls after it. */
export interface Start {
  readonly load: Spent;
  readonly calls: readonly (Spent & { readonly status: number })[];
}

/** Functions in processes of their own, beside emulators that hold a vault. */
export interface Stage {
  /** @param calls how often a masked list of ten items is asked for @throws Error where one is refused */
  start(file: string, calls: number, variables?: Readonly<Record<string, string>>): Promise<Start>;
  close(): Promise<void>;
}

const ITEMS = 10;

export async function setStage(): Promise<Stage> {
  const cloud = await startCloud(null);
  const settings = { bcryptCost: 10 };
  const service = await startService({ cloud, port: 0, telemetry: createMemoryTelemetry(), settings });
  const token = await fill(service.url);
  const event = gatewayEvent('GET /v1/items', { headers: { authorization: `Bearer ${token}` } });
  const { endpoints, credentials } = cloud;
  const environment = {
    ...FUNCTION_SETTINGS,
    AWS_REGION: cloud.region,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    AWS_ENDPOINT_URL_DYNAMODB: endpoints.dynamodb,
    AWS_ENDPOINT_URL_KMS: endpoints.kms,
    AWS_ENDPOINT_URL_S3: endpoints.s3,
    TABLE_NAME: cloud.table,
    BUCKET_NAME: cloud.bucket,
    WRAP_KEY_ARNS: cloud.wrapKeyArns.join(),
    MAC_KEY_ARNS: cloud.macKeyArn,
    PDF_BRAND: 'Example Vault',
    PDF_PAPER: 'A4',
    PDF_LANGUAGE: 'en',
    PDF_LOGO: '',
  };
  return {
    async start(file, calls, variables = {}) {
      const child = fork(new URL('./load.js', import.meta.url), {
        execArgv: [],
        env: { ...environment, ...variables },
        stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      });
      const told = once(child, 'message') as Promise<[Start]>;
      const ended = once(child, 'exit').then(() => {
        throw new Error(`${file} ended by itself`);
      });
      child.send({ file, event, calls });
      const [start] = await Promise.race([told, ended]);
      await once(child, 'exit').catch(() => undefined);
      const refused = start.calls.find(({ status }) => status !== 200);
      if (refused !== undefined) throw new Error(`${file} answered ${refused.status}`);
      return start;
    },
    close: async () => {
      await service.close();
      await cloud.close();
    },
  };
}

/** Makes an account with some items. */
async function fill(url: string): Promise<string> {
  const post = async (path: string, body: object, token?: string): Promise<unknown> => {
    const headers = { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) };
    const answer = await fetch(`${url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
    if (!answer.ok) throw new Error(`${path} answered ${answer.status}`);
    return answer.json();
  };
  const account = { email: 'bench@example.com', password: PASSWORD, acceptDataLoss: true };
  const { session } = (await post('/v1/accounts', account)) as { session: { token: string } };
  for (let item = 0; item < ITEMS; item++) {
    const data = { givenName: 'Example', familyName: `Person ${item}` };
    await post('/v1/items', { type: 'person', label: `Person ${item}`, data }, session.token);
  }
  return session.token;
}
