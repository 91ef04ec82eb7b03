import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AttributeValue, DynamoDBClient, paginateScan } from '@aws-sdk/client-dynamodb';
import { GetObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { startCloud } from '../../local/cloud.ts';
import { startService } from '../../local/service.ts';

// Writes a time capsule: `npx tsx test/upgrades/capsule.ts format-1-<what is new>`. It speaks HTTP and AWS alone, so that
// it runs in the tree of any commit that has the calls. A capsule that stands is never written again.

/** An account, and what it must still hold. Values are invented, and open nothing but their capsule. */
export interface CapsuleAccount {
  readonly email: string;
  readonly password: string;
  readonly token: string;
  readonly recoveryCode?: string;
  /** As `GET /v1/items/{itemId}` answered, oldest first. */
  readonly items: readonly Readonly<Record<string, unknown>>[];
  /** As `GET /v1/documents/{documentId}` answered; the hash is that of what is to be read. */
  readonly documents: readonly { readonly id: string; readonly size: number; readonly sha256: string }[];
  /** The vault's revision at the end. */
  readonly revision: number;
  /** A request that made an item, and may come again. */
  readonly repeated?: { readonly key: string; readonly body: object; readonly id: string };
  /** An upload of which one part is missing. */
  readonly upload?: { readonly id: string; readonly parts: readonly string[]; readonly sha256: string };
}

export interface Capsule {
  /** Of the file, not of the product. */
  readonly capsule: 1;
  /** When it was written, in milliseconds since 1970: the clock of whoever opens it begins there. */
  readonly at: number;
  /** The local KMS's own file, material included. */
  readonly keys: object;
  /** Rows in DynamoDB's JSON, bytes in base64. */
  readonly rows: readonly Readonly<Record<string, unknown>>[];
  /** Objects of the bucket by name, in base64. */
  readonly objects: Readonly<Record<string, string>>;
  readonly keeper: CapsuleAccount;
  /** In the middle of a key rotation. */
  readonly mover: CapsuleAccount;
  /** Deleted, with something left that maintenance has to end. */
  readonly leaver: { readonly email: string; readonly password: string };
}

type Body = Readonly<Record<string, unknown>>;
interface Made {
  readonly body: Body;
  readonly bytes: Buffer;
  readonly revision: number;
}
type Call = (what: string, token: string | null, body?: object, headers?: Record<string, string>) => Promise<Made>;

const PASSWORD = 'four amber harbours sleep';
const JSON_TYPE = 'application/json';

/** A PDF's first and last bytes, and between them what no format makes anything of. */
export function pdfOf(seed: number, size: number): Buffer {
  const [head, tail] = [Buffer.from('%PDF-1.7\n'), Buffer.from('\n%%EOF\n')];
  const middle = Buffer.from(Array.from({ length: size - head.length - tail.length }, (_, i) => (i * seed) % 251));
  return Buffer.concat([head, middle, tail]);
}

function callerOf(url: string): Call {
  return async (what, token, body, headers = {}) => {
    const [method = '', path = ''] = what.split(' ');
    const isPdf = body instanceof Uint8Array;
    const response = await fetch(url + path, {
      method,
      headers: {
        ...(token === null ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { 'content-type': isPdf ? 'application/pdf' : JSON_TYPE }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: isPdf ? new Uint8Array(body) : JSON.stringify(body) }),
    });
    const bytes = Buffer.from(await response.arrayBuffer());
    if (!response.ok) throw new Error(`${what} answered ${response.status} ${bytes.toString()}`);
    const isJson = response.headers.get('content-type') === JSON_TYPE;
    const revision = Number(response.headers.get('x-vault-revision') ?? 0);
    return { body: isJson ? (JSON.parse(bytes.toString()) as Body) : {}, bytes, revision };
  };
}

async function register(call: Call, email: string): Promise<string> {
  const { body } = await call('POST /v1/accounts', null, { email, password: PASSWORD, acceptDataLoss: true });
  return (body['session'] as { token: string }).token;
}

async function addItem(call: Call, token: string, item: object, headers?: Record<string, string>): Promise<string> {
  return String((await call('POST /v1/items', token, item, headers)).body['id']);
}

/** What an account holds in the end. */
async function holdings(call: Call, token: string, items: readonly string[], documents: readonly string[]) {
  const answers = { items: [] as Body[], documents: [] as CapsuleAccount['documents'][number][] };
  for (const id of items) answers.items.push((await call(`GET /v1/items/${id}`, token)).body);
  for (const id of documents) {
    const { body } = await call(`GET /v1/documents/${id}`, token);
    const content = (await call(`GET /v1/documents/${id}/content`, token)).bytes;
    const sha256 = createHash('sha256').update(content).digest('hex');
    if (body['sha256'] !== sha256) throw new Error(`${id} has another content than it says`);
    answers.documents.push({ id, size: content.length, sha256 });
  }
  const { revision } = await call('GET /v1/account', token);
  return { ...answers, revision };
}

async function keep(call: Call): Promise<CapsuleAccount> {
  const email = 'keeper@example.com';
  const first = await register(call, 'keeper-before@example.com');
  await call('PUT /v1/account/email', first, { password: PASSWORD, email });
  const { body } = await call('POST /v1/sessions', null, { email, password: PASSWORD });
  const token = (body['session'] as { token: string }).token;
  // A try that failed stays counted.
  await call('POST /v1/sessions', null, { email, password: 'not the right password' }).catch(() => undefined);

  const person = { givenName: 'Ada', familyName: 'Nguyễn', birthDate: '1990-02-03', nationality: 'VN' };
  const note = { type: 'note', label: 'Schlüssel \u{1f512}', data: { text: 'erste Fassung' } };
  const items = [
    await addItem(call, token, { type: 'person', data: person }),
    await addItem(call, token, {
      type: 'bank-account',
      data: { iban: 'DE89370400440532013000', holder: 'Ada Nguyễn' },
    }),
    await addItem(call, token, note),
  ];
  const changed = { label: note.label, data: { text: 'zweite Fassung: 小明, Łódź, \u{1f512}' } };
  await call(`PUT /v1/items/${items[2] ?? ''}`, token, changed, { 'if-match': '"1"' });
  const gone = await addItem(call, token, { type: 'email', data: { address: 'gone@example.com' } });
  await call(`DELETE /v1/items/${gone}`, token);
  const repeated = { key: 'capsule-1', body: { type: 'phone', data: { number: '+4930123456' } } };
  const again = await addItem(call, token, repeated.body, { 'idempotency-key': repeated.key });

  const template = { template: 'personal-data-record', title: 'Daten', inputs: { items: items.slice(0, 2) } };
  const made = await call('POST /v1/documents', token, template);
  const sent = await call('POST /v1/documents?retentionDays=30', token, pdfOf(7, 900), {
    'x-document-title': 'Gesendet',
  });
  const parts = [pdfOf(3, 500), pdfOf(5, 40), pdfOf(11, 600)];
  const documents = [made, sent, await upload(call, token, parts)].map(({ body: { id } }) => String(id));

  const begun = String((await call('POST /v1/uploads', token, { title: 'Halb' })).body['uploadId']);
  const halves = [pdfOf(13, 300), pdfOf(17, 200)];
  await call(`PUT /v1/uploads/${begun}/parts/1`, token, halves[0]);
  const code = await call('POST /v1/account/recovery-code', token, { password: PASSWORD });
  return {
    email,
    password: PASSWORD,
    token,
    recoveryCode: String(code.body['recoveryCode']),
    ...(await holdings(call, token, [...items, again], documents)),
    repeated: { ...repeated, id: again },
    upload: {
      id: begun,
      parts: halves.map((part) => part.toString('base64')),
      sha256: createHash('sha256').update(Buffer.concat(halves)).digest('hex'),
    },
  };
}

async function upload(call: Call, token: string, parts: readonly Buffer[]): Promise<Made> {
  const path = `/v1/uploads/${String((await call('POST /v1/uploads', token, { title: 'Teile' })).body['uploadId'])}`;
  for (const [index, part] of parts.entries()) await call(`PUT ${path}/parts/${index + 1}`, token, part);
  return call(`POST ${path}/complete`, token, { parts: parts.length });
}

async function move(call: Call): Promise<CapsuleAccount> {
  const email = 'mover@example.com';
  const token = await register(call, email);
  const items: string[] = [];
  for (let i = 1; i <= 4; i++) items.push(await addItem(call, token, { type: 'note', data: { text: `Zettel ${i}` } }));
  const documents = [
    await call('POST /v1/documents', token, pdfOf(19, 700), { 'x-document-title': 'Eins' }),
    await upload(call, token, [pdfOf(23, 300), pdfOf(29, 310)]),
  ].map(({ body }) => String(body['id']));
  const { body } = await call('POST /v1/account/recovery-code', token, { password: PASSWORD });
  const step = await call('POST /v1/account/key-rotation', token, { password: PASSWORD, limit: 3 });
  if (!(Number(step.body['remaining']) > 3)) throw new Error('the rotation is not in its middle');
  const recoveryCode = String(body['recoveryCode']);
  return { email, password: PASSWORD, token, recoveryCode, ...(await holdings(call, token, items, documents)) };
}

async function leave(call: Call): Promise<Capsule['leaver']> {
  const email = 'leaver@example.com';
  const token = await register(call, email);
  await addItem(call, token, { type: 'note', data: { text: 'weg' } });
  await call('POST /v1/documents', token, pdfOf(31, 100), { 'x-document-title': 'Weg' });
  const begun = await call('POST /v1/uploads', token, { title: 'Weg' });
  await call(`PUT /v1/uploads/${String(begun.body['uploadId'])}/parts/1`, token, pdfOf(37, 100));
  await call('POST /v1/account/deletion', token, { password: PASSWORD });
  return { email, password: PASSWORD };
}

/** Bytes as JSON has them. */
function plain(value: AttributeValue): unknown {
  if (value.B !== undefined) return { B: Buffer.from(value.B).toString('base64') };
  if (value.L !== undefined) return { L: value.L.map(plain) };
  if (value.M !== undefined) return { M: plainRow(value.M) };
  return value;
}

function plainRow(row: Readonly<Record<string, AttributeValue>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, plain(value)]));
}

async function write(folder: string): Promise<Capsule> {
  const cloud = await startCloud(folder);
  const telemetry = new Proxy({}, { get: () => () => undefined }) as Parameters<typeof startService>[0]['telemetry'];
  const service = await startService({ cloud, port: 0, telemetry, settings: { bcryptCost: 10 } });
  const { region, credentials, endpoints, table: TableName, bucket: Bucket } = cloud;
  const table = new DynamoDBClient({ region, credentials, endpoint: endpoints.dynamodb });
  const bucket = new S3Client({ region, credentials, endpoint: endpoints.s3, forcePathStyle: true });
  try {
    const call = callerOf(service.url);
    // The decoy of unknown e-mails.
    await call('POST /v1/sessions', null, { email: 'nobody@example.com', password: PASSWORD }).catch(() => undefined);
    const accounts = { keeper: await keep(call), mover: await move(call), leaver: await leave(call) };
    await service.maintain();

    const rows: Record<string, unknown>[] = [];
    for await (const { Items = [] } of paginateScan({ client: table }, { TableName }))
      rows.push(...Items.map(plainRow));
    const objects: Record<string, string> = {};
    const { Contents = [] } = await bucket.send(new ListObjectsV2Command({ Bucket }));
    for (const { Key = '' } of Contents) {
      const { Body } = await bucket.send(new GetObjectCommand({ Bucket, Key }));
      objects[Key] = Buffer.from((await Body?.transformToByteArray()) ?? []).toString('base64');
    }
    const keys = JSON.parse(readFileSync(join(folder, 'kms-keys.json'), 'utf8')) as object;
    return { capsule: 1, at: Date.now(), keys, rows, objects, ...accounts };
  } finally {
    table.destroy();
    bucket.destroy();
    await service.close();
    await cloud.close();
  }
}

async function main(name: string): Promise<void> {
  const file = join(import.meta.dirname, 'capsules', `${name}.json`);
  if (!/^format-\d+-[a-z-]+$/.test(name)) throw new Error('a capsule is called format-<number>-<what is new>');
  if (existsSync(file)) throw new Error(`${file} stands, and is what it was`);
  const folder = mkdtempSync(join(tmpdir(), 'twinlock-capsule-'));
  try {
    writeFileSync(file, `${JSON.stringify(await write(folder))}\n`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

if (process.argv[1]?.endsWith('capsule.ts') === true) await main(process.argv[2] ?? '');
