import { readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { GetObjectCommand, paginateListObjectsV2, S3Client } from '@aws-sdk/client-s3';
import {
  DynamoDBDocumentClient,
  GetCommand,
  type NativeAttributeValue,
  PutCommand,
  paginateScan,
} from '@aws-sdk/lib-dynamodb';
import { startCloud } from '../local/cloud.ts';
import { startService } from '../local/service.ts';
import { type Call, clientOf } from './client.ts';

/** Where the service and its emulators listen, as `endpoints.json` says. */
interface Endpoints {
  readonly api: string;
  readonly dynamodb: string;
  readonly s3: string;
  readonly region: string;
  readonly table: string;
  readonly bucket: string;
}

type Row = Record<string, NativeAttributeValue>;

const EMULATOR = { accessKeyId: 'local', secretAccessKey: 'local' };
const PASSWORD = 'nine copper rivers wander';

/** What is stored, and then looked for in all that an intruder could take. */
const ITEMS = [
  { type: 'person', data: { givenName: 'Łukasz', familyName: 'Nguyễn', birthDate: '1988-04-17', nationality: 'PL' } },
  { type: 'person', data: { givenName: '小明', familyName: '王', nationality: 'CN' } },
  { type: 'address', data: { lines: ['Ulica Próżna 12/4'], postalCode: '00-107', city: 'Warszawa', country: 'PL' } },
  { type: 'bank-account', data: { iban: 'DE89370400440532013000', holder: 'Łukasz Nguyễn' } },
];
const SECRETS = ['Łukasz', 'Nguyễn', '小明', 'Próżna', 'Warszawa', 'DE89370400440532013000', '1988-04-17', PASSWORD];

let shown = 0;

/** One thing that was to be shown. @throws Error when it does not hold */
function show(holds: boolean, what: string): void {
  if (!holds) throw new Error(`this does not hold: ${what}`);
  shown++;
  console.log(`  ✓ ${what}`);
}

function chapter(title: string): void {
  console.log(`\n${title}`);
}

async function register(call: Call, email: string): Promise<string> {
  const { status, body } = await call('POST /v1/accounts', {
    body: { email, password: PASSWORD, acceptDataLoss: true },
  });
  show(status === 201, `${email} registered, and accepted that a forgotten password loses the data`);
  return (body['session'] as { token: string }).token;
}

async function tour({ api, ...cloud }: Endpoints): Promise<void> {
  const call = clientOf(api);
  const run = Date.now().toString(36);
  const email = `demo-${run}@example.com`;

  chapter('A person stores their data');
  const token = await register(call, email);
  const ids: string[] = [];
  for (const item of ITEMS) {
    const { status, body } = await call('POST /v1/items', { token, body: item });
    show(status === 201, `${item.type} stored`);
    ids.push(body['id'] as string);
  }
  const list = await call('GET /v1/items', { token });
  console.log(
    `    masked, as lists show them: ${(list.body['items'] as { data: unknown }[]).map(({ data }) => JSON.stringify(data)).join(' ')}`,
  );

  chapter('and gets a PDF of it');
  const made = await call('POST /v1/documents', {
    token,
    body: { template: 'personal-data-record', title: 'My data', inputs: { items: ids } },
  });
  show(
    made.status === 201,
    `a document of ${String(made.body['pages'])} page and ${String(made.body['size'])} bytes was made`,
  );
  const documentPath = `/v1/documents/${String(made.body['id'])}`;
  const content = await call(`GET ${documentPath}/content`, { token });
  show(Buffer.from(content.bytes.subarray(0, 5)).toString() === '%PDF-', 'it came back as a PDF');
  const file = resolve(process.env.DEMO_PDF ?? 'demo.pdf');
  await writeFile(file, content.bytes);
  console.log(`    saved: ${file}`);

  chapter('An intruder takes the whole table and the whole bucket');
  const table = DynamoDBDocumentClient.from(
    new DynamoDBClient({ region: cloud.region, endpoint: cloud.dynamodb, credentials: EMULATOR }),
  );
  const bucket = new S3Client({
    region: cloud.region,
    endpoint: cloud.s3,
    credentials: EMULATOR,
    forcePathStyle: true,
  });
  const loot = await takeAll(table, bucket, cloud);
  const readable = SECRETS.filter(
    (secret) =>
      loot.haystack.includes(Buffer.from(secret)) || loot.haystack.includes(Buffer.from(secret).toString('base64')),
  );
  show(
    readable.length === 0,
    `in ${loot.rows} rows and ${loot.objects} objects there is none of the values stored, nor the password`,
  );
  for (const line of loot.sample) console.log(`    ${line}`);

  chapter('Others try to get in');
  const wrong = await call('POST /v1/sessions', { body: { email, password: 'not the right password' } });
  show(wrong.status === 401, `a wrong password: ${String(wrong.status)} ${String(wrong.body['code'])}`);
  const stranger = await register(call, `stranger-${run}@example.com`);
  const foreign = await call(`GET /v1/items/${ids[0] ?? ''}`, { token: stranger });
  show(
    foreign.status === 404,
    `another user's session asks for the item: ${String(foreign.status)} ${String(foreign.body['code'])}`,
  );
  const foreignPdf = await call(`GET ${documentPath}/content`, { token: stranger });
  show(
    foreignPdf.status === 404,
    `and for the document: ${String(foreignPdf.status)} ${String(foreignPdf.body['code'])}`,
  );

  chapter('The intruder may even write to the table');
  await rollBack(table, cloud.table, call, token, ids[3] ?? '');

  chapter('The owner has everything moved to a fresh key');
  await rotate(table, cloud.table, call, token, ids[0] ?? '');
  const again = await call(`GET ${documentPath}/content`, { token });
  show(again.status === 200 && Buffer.from(again.bytes).equals(content.bytes), 'the PDF is the same, byte for byte');

  table.destroy();
  bucket.destroy();
}

/** Puts an item's older row back, and shows that it is noticed. */
async function rollBack(
  table: DynamoDBDocumentClient,
  name: string,
  call: Call,
  token: string,
  id: string,
): Promise<void> {
  const read = () => itemRow(table, name, token, id);
  const before = await read();
  const changed = await call(`PUT /v1/items/${id}`, {
    token,
    headers: { 'if-match': '"1"' },
    body: { data: { iban: 'GB82WEST12345698765432' } },
  });
  show(changed.status === 200, 'the owner changes the bank account');
  const after = await read();
  await table.send(new PutCommand({ TableName: name, Item: before }));
  const noticed = await call(`GET /v1/items/${id}`, { token });
  show(
    noticed.status === 500,
    `the old row, put back by the intruder: ${String(noticed.status)} ${String(noticed.body['code'])}`,
  );
  await table.send(new PutCommand({ TableName: name, Item: after }));
  const healed = await call(`GET /v1/items/${id}`, { token });
  show(healed.status === 200, 'with the right row in place it is read again');
}

/** Rotates the vault's key in small steps, and shows that an item outlives it. */
async function rotate(
  table: DynamoDBDocumentClient,
  name: string,
  call: Call,
  token: string,
  id: string,
): Promise<void> {
  const ciphertext = async () => Buffer.from((await itemRow(table, name, token, id))?.sealed as Uint8Array);
  const [before, whole] = [await ciphertext(), await call(`GET /v1/items/${id}`, { token })];
  const step = (body: object) => call('POST /v1/account/key-rotation', { token, body: { ...body, limit: 5 } });
  let answer = await step({ password: PASSWORD });
  let calls = 1;
  for (; answer.status === 200 && answer.body['remaining'] !== 0; calls++) answer = await step({});
  show(
    answer.status === 200,
    `key ${String(answer.body['keyVersion'])} has taken the place of the first, in ${calls} calls`,
  );
  show(!(await ciphertext()).equals(before), 'what the intruder took is not what lies in the table now');
  const after = await call(`GET /v1/items/${id}`, { token });
  show(JSON.stringify(after.body) === JSON.stringify(whole.body), 'the item reads as before, in the same session');
}

/** An item's row, as the table holds it. */
async function itemRow(
  table: DynamoDBDocumentClient,
  TableName: string,
  token: string,
  id: string,
): Promise<Row | undefined> {
  const Key = { pk: `A#${token.split('.')[1] ?? ''}`, sk: `I#${id}` };
  return (await table.send(new GetCommand({ TableName, Key, ConsistentRead: true }))).Item;
}

/** All that lies in the table and the bucket, as bytes to search, and some of it to look at. */
async function takeAll(
  table: DynamoDBDocumentClient,
  bucket: S3Client,
  { table: TableName, bucket: Bucket }: Omit<Endpoints, 'api'>,
) {
  const rows: Row[] = [];
  for await (const page of paginateScan({ client: table }, { TableName })) rows.push(...(page.Items ?? []));
  const parts: Uint8Array[] = [];
  for (const value of rows.flatMap((row): unknown[] => Object.values(row))) {
    parts.push(value instanceof Uint8Array ? value : Buffer.from(String(value)));
  }
  let objects = 0;
  let first = '';
  for await (const page of paginateListObjectsV2({ client: bucket }, { Bucket })) {
    for (const { Key = '' } of page.Contents ?? []) {
      const { Body } = await bucket.send(new GetObjectCommand({ Bucket, Key }));
      const bytes = (await Body?.transformToByteArray()) ?? new Uint8Array(0);
      parts.push(Buffer.from(Key), bytes);
      objects++;
      first ||= `${Key}\n        ${preview(bytes)}`;
    }
  }
  const item = rows.find(({ sk }) => String(sk).startsWith('I#'));
  const sample = Object.entries(item ?? {}).map(
    ([name, value]) => `${name}: ${value instanceof Uint8Array ? preview(value) : String(value)}`,
  );
  return {
    rows: rows.length,
    objects,
    haystack: Buffer.concat(parts),
    sample: ['a row:', ...sample.map((line) => `    ${line}`), `an object: ${first}`],
  };
}

function preview(bytes: Uint8Array): string {
  return `${Buffer.from(bytes.subarray(0, 32)).toString('hex')}… (${bytes.length} bytes)`;
}

/** The service that runs in the data folder, if one answers. */
async function running(): Promise<Endpoints | null> {
  try {
    const text = await readFile(join(process.env.DATA_DIR ?? '.data', 'endpoints.json'), 'utf8');
    const endpoints = JSON.parse(text) as Endpoints;
    return (await fetch(`${endpoints.api}/v1/health`)).ok ? endpoints : null;
  } catch {
    return null;
  }
}

async function main(): Promise<void> {
  const found = await running();
  if (found !== null) {
    console.log(`Against the service at ${found.api}.`);
    await tour(found);
  } else {
    console.log('Against a service of its own, in memory, which ends with the tour.');
    const cloud = await startCloud(null);
    const silent = { info: () => undefined, error: () => undefined, count: () => undefined, measure: () => undefined };
    const service = await startService({ cloud, port: 0, telemetry: silent });
    try {
      await tour({ api: service.url, ...cloud.endpoints, ...cloud });
    } finally {
      await service.close();
      await cloud.close();
    }
  }
  console.log(
    `\nShown, ${shown} points: data stored and made into a PDF; useless in the intruder's hands; closed to a wrong password and to other users; tampering noticed; moved to a fresh key.`,
  );
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
