import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DisableKeyCommand } from '@aws-sdk/client-kms';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { sideBySide } from '../../admin/pace.ts';
import { PASSWORD } from '../fixtures/app.ts';
import { dice } from '../fixtures/dice.ts';
import { type Relay, startRelay } from './relay.ts';
import { type Person, recoveryCode, register, type Site, startSite } from './support.ts';

const ROOT = join(__dirname, '../..');
/** A multiple of {@link CODE_EVERY}. */
const ACCOUNTS = Number(process.env['REWRAP_ACCOUNTS'] ?? 1000);
/** Every so many accounts have a recovery code. */
const CODE_EVERY = 20;
/** Every so many sign in again at the end; every session is tried. */
const SIGN_IN_EVERY = 5;
const WRAPS = ACCOUNTS * 2 + ACCOUNTS / CODE_EVERY;
const KILLS = 4;
const AT_ONCE = 8;
const NEW_PASSWORD = 'nine copper rivers wander';

interface Owner extends Person {
  readonly sourceIp: string;
  readonly code: string | null;
}

describe('the operator moves the wraps of a thousand accounts', () => {
  let site: Site;
  let relay: Relay;
  let state: string;
  const owners: Owner[] = [];

  beforeAll(async () => {
    site = await startSite();
    state = join(site.folder, 'rewrap.json');
    relay = await startRelay(site.cloud.endpoints.dynamodb);
    const { endpoints, region, table, bucket, wrapKeyArns: wrapKeyIds, macKeyArn: macKeyId } = site.cloud;
    const told = { ...endpoints, dynamodb: relay.endpoint, region, table, bucket, wrapKeyIds, macKeyId };
    writeFileSync(join(site.folder, 'endpoints.json'), JSON.stringify(told));
    const api = site.api([0]);
    await sideBySide([...Array(ACCOUNTS).keys()], AT_ONCE, async (place) => {
      const sourceIp = `10.0.${place >> 8}.${place & 255}`;
      const person = await register(api, `owner${place}@example.com`, sourceIp);
      const code = place % CODE_EVERY === 0 ? await recoveryCode(api, person) : null;
      owners.push({ ...person, sourceIp, code });
    });
  }, 300_000);

  afterAll(async () => {
    await relay.close();
    await site.close();
  });

  it('loses nothing where it is killed again and again, and finishes when it is run once more', async () => {
    const random = dice(20_261_127);
    let updates = 0;
    for (let kill = 0; kill < KILLS; kill++) {
      // Before the write reaches the table, or when it has and its answer is lost.
      const side = kill % 2 === 0 ? 'before' : 'after';
      let left = 40 + Math.floor(random() * 0.3 * ACCOUNTS);
      const child = startTool(site.folder, state);
      relay.watch = {
        [side]: (operation: string) => {
          if (operation !== 'UpdateItem') return;
          updates++;
          if (--left === 0) child.kill('SIGKILL');
        },
      };
      const [code, signal] = (await once(child, 'exit')) as [number | null, string | null];
      expect([code, signal]).toEqual([null, 'SIGKILL']);
    }
    relay.watch = {};
    expect(updates).toBeLessThan(WRAPS);
    const child = startTool(site.folder, state);
    const output = textOf(child);
    const [code] = (await once(child, 'close')) as [number];
    const result = JSON.parse(await output) as { moved: number; there: number; left: number };
    expect({ code, left: result.left }).toEqual({ code: 0, left: 0 });
    // Both kinds: what the killed runs had moved already, and what was left to this one.
    expect(result.moved).toBeGreaterThan(0);
    expect(result.there).toBeGreaterThan(100);
    expect(result.moved + result.there).toBe(WRAPS);
    expect(existsSync(state)).toBe(false);
  }, 300_000);

  it('says that all of them are under the new key', async () => {
    const { code, data } = await site.admin('keys status');
    expect(code).toBe(0);
    expect(data()).toMatchObject({
      keys: [
        { number: 1, password: 0, session: 0, recovery: 0 },
        { number: 2, password: ACCOUNTS, session: ACCOUNTS, recovery: ACCOUNTS / CODE_EVERY },
      ],
      findings: [],
    });
  }, 120_000);

  it('leaves sessions, passwords and recovery codes working, with the old key disabled', async () => {
    await site.kms.send(new DisableKeyCommand({ KeyId: site.cloud.wrapKeyArns[0] }));
    const api = site.api([1]);
    const fails: string[] = [];
    const count = { sessions: 0, passwords: 0, codes: 0 };
    await sideBySide([...owners.entries()], AT_ONCE, async ([place, { email, token, code, sourceIp }]) => {
      const account = await api('GET /v1/account', { token, sourceIp });
      if (account.status === 200) count.sessions++;
      if (place % SIGN_IN_EVERY === 0) {
        const entered = await api('POST /v1/sessions', { body: { email, password: PASSWORD }, sourceIp });
        if (entered.status === 201) count.passwords++;
      }
      if (code === null) return;
      const body = { email, recoveryCode: code, newPassword: NEW_PASSWORD };
      if ((await api('POST /v1/recovery', { body, sourceIp })).status === 201) count.codes++;
      else fails.push(email);
    });
    expect(fails).toEqual([]);
    expect(count).toEqual({ sessions: ACCOUNTS, passwords: ACCOUNTS / SIGN_IN_EVERY, codes: ACCOUNTS / CODE_EVERY });
  }, 300_000);

  it('finds nothing wrong in the whole table afterwards', async () => {
    const { code, data } = await site.admin('verify');
    expect(data()['findings']).toEqual([]);
    expect(code).toBe(0);
  }, 120_000);
});

function startTool(folder: string, state: string): ChildProcess {
  const args = ['--import', 'tsx', 'bin/admin.ts', 'keys', 'rewrap', '--apply', '--json', '--rate', '100000'];
  const where = ['--local', '--folder', folder, '--state', state];
  return spawn(process.execPath, [...args, ...where], { cwd: ROOT, stdio: ['ignore', 'pipe', 'ignore'] });
}

async function textOf({ stdout }: ChildProcess): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stdout ?? []) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}
