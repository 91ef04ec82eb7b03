import { inspect } from 'node:util';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { encodeRow } from '../../lambda/adapters/dynamodb/rows.ts';
import { createPasswordHasher } from '../../lambda/adapters/system/password-hasher.ts';
import { vaultEnvironment } from '../../lambda/compose.ts';
import { parseToken } from '../../lambda/crypto/session-token.ts';
import { VaultKeys } from '../../lambda/crypto/vault-keys.ts';
import type { Row } from '../../lambda/domain/records.ts';
import { UnavailableError } from '../../lambda/errors.ts';
import { authenticate } from '../../lambda/usecases/authenticate.ts';
import { openSession } from '../../lambda/usecases/sessions.ts';
import { type Answer, createMemoryApp, type MemoryApp, type Send } from '../fixtures/app.ts';
import { createMemoryTelemetry } from '../fixtures/memory-telemetry.ts';
import { accountRow, CALLER, plant, rowsOf, sessionRow } from './support.ts';

const EMAIL = 'Canary.Kanarek@example.com';
const PASSWORD = 'plum tractor \u017c\u00f3\u0142\u0107 seven';
const GUESS = 'plum tractor guessed seven';
const STRANGER = 'stranger.kanarek@example.com';
const AGENT = 'CanaryAgent/9.7';
const SOURCE = '203.0.113.197';
const NUMBER = 'CANARY-4711';
const LABEL = 'canary label';
const TITLE = 'Canary title';
const MALFORMED = 'canary-malformed';

/** A secret in all the forms in which it could be written down. */
function formsOf(secret: string | Uint8Array): string[] {
  const bytes = Buffer.from(typeof secret === 'string' ? secret.normalize('NFC') : secret);
  const forms = [bytes.toString('latin1'), bytes.toString('hex'), bytes.toString('hex').toUpperCase()];
  // In base64 what stands before shifts the characters: the ones that hang on this alone are the same each time.
  for (const shift of [0, 1, 2]) {
    const text = Buffer.concat([Buffer.alloc(shift), bytes, Buffer.alloc(3)]).toString('base64');
    const inner = text.slice(4, 4 * Math.floor((shift + bytes.length) / 3));
    forms.push(inner, inner.replaceAll('+', '-').replaceAll('/', '_'));
  }
  if (typeof secret === 'string') {
    forms.push(Buffer.from(secret, 'utf16le').toString('latin1'), secret, JSON.stringify(secret).slice(1, -1));
  } else {
    forms.push(bytes.join(','), [...bytes].map((byte, i) => `"${i}":${byte}`).join(','));
  }
  return forms;
}

/** The names of the secrets that a text holds in any form. */
function leaksIn(text: string, secrets: ReadonlyMap<string, string | Uint8Array>): string[] {
  const lower = text.toLowerCase();
  return [...secrets].flatMap(([name, secret]) =>
    formsOf(secret).some((form) => text.includes(form) || lower.includes(form.toLowerCase())) ? [name] : [],
  );
}

/** All that these rows of the table hold: names and values, the binary ones as they are. */
function tableText(app: MemoryApp, which: (row: Row) => boolean): string {
  return [...app.store.rows.values()]
    .filter(which)
    .flatMap((row) => Object.entries(encodeRow(row)))
    .map(
      ([name, value]) =>
        `${name} ${'B' in value ? Buffer.from(value.B ?? []).toString('latin1') : JSON.stringify(value)}`,
    )
    .join('\n');
}

interface Journey {
  readonly app: MemoryApp;
  readonly token: string;
  /** All that must lie nowhere in clear. */
  readonly secrets: ReadonlyMap<string, string | Uint8Array>;
  readonly problems: readonly Answer[];
}

/** One owner's way through the API, with refusals of every sort, under real bcrypt whose inputs and outputs are kept. */
async function travel(): Promise<Journey> {
  const secrets = new Map<string, string | Uint8Array>(
    Object.entries({ EMAIL, PASSWORD, GUESS, STRANGER, AGENT, SOURCE, NUMBER, LABEL, TITLE, MALFORMED }),
  );
  secrets.set('the normalised e-mail', EMAIL.toLowerCase());
  const bcrypt = createPasswordHasher({ workers: 0 });
  const app = createMemoryApp({
    hasher: {
      tail: async (prehash, salt, cost) => {
        const tail = await bcrypt.tail(prehash, salt, cost);
        secrets.set(`pre-hash ${secrets.size}`, prehash).set(`bcrypt's output ${secrets.size}`, Uint8Array.from(tail));
        return tail;
      },
    },
  });
  const mac = app.keys.mac.bind(app.keys);
  Object.assign(app.keys, {
    mac: async (...args: Parameters<typeof mac>) => {
      const answer = await mac(...args);
      // The other message is an e-mail's, whose MAC is the name of its row.
      if (Buffer.from(args[1]).includes('twinlock/pepper/'))
        secrets.set(`pepper ${secrets.size}`, Uint8Array.from(answer));
      return answer;
    },
  });
  const problems: Answer[] = [];
  const call = async (name: string, send: Send) => {
    const answer = await app.call(name, {
      ...send,
      headers: { ...send.headers, 'user-agent': AGENT },
      sourceIp: SOURCE,
    });
    if (answer.status >= 400) problems.push(answer);
    return answer;
  };

  const credentials = { email: EMAIL, password: PASSWORD };
  const registration = { ...credentials, acceptDataLoss: true };
  const registered = await call('POST /v1/accounts', { body: registration });
  const token = registered.text('session.token');
  await call('POST /v1/sessions', { body: { ...credentials, password: GUESS } });
  await call('POST /v1/sessions', { body: { email: STRANGER, password: GUESS } });
  const second = await call('POST /v1/sessions', { body: credentials });
  for (const text of [token, second.text('session.token')]) {
    const secret = parseToken(text)?.secret.bytes ?? new Uint8Array(0);
    secrets.set(`token ${secrets.size}`, text).set(`session secret ${secrets.size}`, secret);
  }
  const dek = await openSession(
    app.env,
    sessionRow(app, registered.text('session.id')),
    parseToken(token)?.secret ?? fail(),
  );
  secrets.set('DEK', Uint8Array.from(dek.bytes));

  const passport = { type: 'passport', label: LABEL, data: { number: NUMBER, country: 'PL' } };
  const item = await call('POST /v1/items', { token, body: passport });
  const inputs = { items: [item.text('id')] };
  await call('POST /v1/documents', { token, body: { template: 'personal-data-record', title: TITLE, inputs } });

  await call('POST /v1/accounts', { body: { ...registration, password: EMAIL } });
  await call('POST /v1/accounts', { body: { ...registration, acceptDataLoss: MALFORMED } });
  await call('POST /v1/accounts', { body: { ...registration, [`${MALFORMED} field`]: GUESS } });
  await call('POST /v1/sessions', { body: Buffer.from(`{"email":"${EMAIL}","password":${PASSWORD}}`) });
  await call('POST /v1/sessions', { body: { email: `${MALFORMED} ${EMAIL}`, password: `${GUESS}\0` } });
  await call('POST /v1/sessions', { body: { email: EMAIL, password: `${GUESS}\0` } });
  await call('POST /v1/items', { token, body: { ...passport, data: { number: NUMBER, country: MALFORMED } } });
  await call(`DELETE /v1/sessions/${MALFORMED}`, { token });
  await call('GET /v1/account', { token: `${token}x` });
  await call('GET /v1/account', { token, headers: { 'x-vault-revision-seen': MALFORMED } });
  for (const error of [
    new Error(`${EMAIL} ${PASSWORD} ${token}`),
    new UnavailableError('kms:Decrypt', { cause: new Error(GUESS) }),
  ]) {
    app.keys.hooks.before = () => {
      throw error;
    };
    await call('POST /v1/sessions', { body: credentials });
    await call('GET /v1/account', { token });
    delete app.keys.hooks.before;
  }
  const row = accountRow(app, registered.text('accountId'));
  plant(app, { ...row, epoch: row.epoch + 1 });
  await call('POST /v1/sessions', { body: credentials });
  plant(app, row);
  return { app, token, secrets, problems };
}

function fail(): never {
  throw new Error('the token was no token');
}

describe('what an owner entrusts', () => {
  let journey: Journey;
  beforeAll(async () => {
    journey = await travel();
  });

  it('is looked for in every form', () => {
    const { secrets } = journey;
    expect(secrets.size).toBeGreaterThan(25);
    for (const [name, secret] of secrets) {
      const bytes = Buffer.from(typeof secret === 'string' ? secret.normalize('NFC') : secret);
      const around = Buffer.concat([Buffer.from('ab'), bytes, Buffer.from('c')]);
      for (const form of [
        bytes.toString('latin1'),
        bytes.toString('base64'),
        around.toString('base64url'),
        bytes.toString('hex'),
      ]) {
        expect(leaksIn(`<${form}>`, secrets)).toContain(name);
      }
    }
  });

  it('lies in no row of the table, and no bcrypt string does', () => {
    const { app, secrets } = journey;
    const kinds = new Set([...app.store.rows.values()].map(({ kind }) => kind));
    expect([...kinds].sort()).toEqual([
      'account',
      'activity',
      'document',
      'email',
      'item',
      'manifest',
      'session',
      'throttle',
    ]);
    const isCounter = ({ kind }: Row) => kind === 'throttle';
    expect(
      leaksIn(
        tableText(app, (row) => !isCounter(row)),
        secrets,
      ),
    ).toEqual([]);
    // A counter names its source, and the sources of failed tries, in plain.
    expect(leaksIn(tableText(app, isCounter), secrets)).toEqual(['SOURCE']);
    const text = tableText(app, () => true);
    expect(text).not.toMatch(/\$2[abxy]?\$/);
  });

  it('lies in no object of the bucket, and in no object’s name', () => {
    const { app, secrets } = journey;
    expect(app.objects.objects.size).toBe(1);
    for (const [key, bytes] of app.objects.objects) {
      const text = `${key} ${Buffer.from(bytes).toString('latin1')}`;
      expect(leaksIn(text, secrets)).toEqual([]);
      expect(text).not.toContain('%PDF');
    }
  });

  it('lies in no line that the operator sees, and no bcrypt string does', () => {
    const { app, secrets } = journey;
    expect(app.telemetry.lines.length).toBeGreaterThan(20);
    expect(app.telemetry.lines.filter(({ level }) => level === 'error')).toHaveLength(5);
    const text = JSON.stringify(app.telemetry.lines);
    expect(leaksIn(text, secrets)).toEqual([]);
    expect(text).not.toContain('$2');
  });

  it('lies in no answer that refuses', () => {
    const { problems, secrets } = journey;
    const codes = problems.map((answer) => `${answer.status} ${answer.text('code')}`);
    expect([...new Set(codes)].sort()).toEqual([
      '400 malformed_json',
      '401 invalid_credentials',
      '401 unauthenticated',
      '404 not_found',
      '422 invalid_request',
      '422 password_too_weak',
      '500 integrity_failure',
      '500 internal_error',
      '503 temporarily_unavailable',
    ]);
    for (const { headers, bytes } of problems) {
      expect(leaksIn(`${JSON.stringify([...headers])} ${bytes.toString('latin1')}`, secrets)).toEqual([]);
    }
  });

  it('is not in what a session, a vault and its keys show of themselves', async () => {
    const { app, token, secrets } = journey;
    const signedIn = await authenticate(app.env, token, null, CALLER);
    const vault = await signedIn.vault();
    vault.profile();
    for (const shown of [signedIn, vault, vault.keys]) {
      for (const text of [
        JSON.stringify(shown),
        inspect(shown, { depth: 20, showHidden: true, maxStringLength: null }),
      ]) {
        expect(leaksIn(text, secrets)).toEqual([]);
      }
    }
    expect(JSON.parse(JSON.stringify(vault.keys))).toEqual({
      accountId: rowsOf(app, 'email')[0]?.accountId,
      dekVersion: 1,
    });
    expect(vault.keys).toBeInstanceOf(VaultKeys);
    await signedIn.close();
  });
});

describe('a composed environment', () => {
  it('shows neither credentials nor clients under JSON.stringify', () => {
    const endpoint = 'http://127.0.0.1:9';
    const credentials = { accessKeyId: 'CANARYACCESS', secretAccessKey: 'canary-secret-access-key' };
    const lives = { sessionMs: 1, idleMs: 1, retentionDays: 1 };
    const settings = {
      bcryptCost: 12,
      suite: 2,
      pepper: 1,
      minPasswordLength: 15,
      sessionCacheMs: 0,
      sessionsSince: 0,
      ...lives,
    } as const;
    const aws = { region: 'us-east-1', endpoints: { dynamodb: endpoint, s3: endpoint, kms: endpoint }, credentials };
    const arn = 'arn:aws:kms:us-east-1:111122223333:key/00000000-0000-4000-8000-000000000000';
    const config = {
      table: 'vault',
      wrapKeyArns: [arn],
      macKeyArns: [arn],
      allowedOrigins: [],
      stage: 'test',
      settings,
    };
    const hasher = createPasswordHasher({ workers: 0 });
    const env = { ...vaultEnvironment({ config, aws, telemetry: createMemoryTelemetry() }), hasher, telemetry: null };
    const shown: unknown = JSON.parse(JSON.stringify(env));
    expect(shown).toEqual({ store: {}, keys: {}, hasher: {}, telemetry: null, settings });
  });
});
