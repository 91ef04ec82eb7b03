import { type Asked, roundTrips } from '../test/fixtures/round-trips.ts';
import { type AccountsApp, createAccountsApp, register, signIn } from '../test/usecases/support.ts';
import type { Goal, Result } from './results.ts';

/** What a call may ask for: cloud round trips one after another, calls of KMS, hashes of a password. */
type Bound = readonly [trips: number, kms: number, hashes: number];

interface Stock {
  readonly app: AccountsApp;
  readonly token: string;
  readonly item: string;
  readonly document: string;
}

const NOTE = { type: 'note', data: { text: 'a note of the owner' } };
/** What passes for a PDF, three chunks of the sealed stream long. */
const PDF = Buffer.concat([Buffer.from('%PDF-1.7\n'), Buffer.alloc(40_000, ' '), Buffer.from('\n%%EOF')]);
const PASSWORDS = { currentPassword: 'seven grey lanterns hum', newPassword: 'nine blue kettles drift' };
const LISTED = 50;

/** The calls that the project holds itself to; `test/round-trips.test.ts` has all others. */
const CALLS: readonly (readonly [name: string, Bound, (stock: Stock) => Promise<{ readonly status: number }>])[] = [
  ['masked GET of an item', [2, 1, 0], ({ app, token, item }) => app.call(`GET ${item}?mask=true`, { token })],
  ['revealed GET of an item', [3, 1, 0], ({ app, token, item }) => app.call(`GET ${item}`, { token })],
  [
    'PUT of an item',
    [3, 1, 0],
    ({ app, token, item }) =>
      app.call(`PUT ${item}`, { token, body: { data: NOTE.data }, headers: { 'if-match': '"1"' } }),
  ],
  [
    `masked list of ${LISTED} items`,
    [2, 1, 0],
    ({ app, token }) => app.call(`GET /v1/items?limit=${LISTED}`, { token }),
  ],
  ['document content', [4, 1, 0], ({ app, token, document }) => app.call(`GET ${document}/content`, { token })],
  ['sign-in', [7, 4, 1], ({ app }) => signIn(app)],
  ['registration', [5, 4, 1], ({ app }) => register(app, 'another@example.com')],
  ['password change', [8, 5, 2], ({ app, token }) => app.call('PUT /v1/account/password', { token, body: PASSWORDS })],
];

/** Counts what calls ask of the cloud, the whole API on doubles each of whose calls is one of the cloud. */
export async function benchTrips(): Promise<Result> {
  const counted: (readonly [string, Bound, Asked])[] = [];
  for (const [name, bound, call] of CALLS) counted.push([name, bound, await count(0, call)]);
  const [masked] = CALLS;
  if (masked !== undefined) {
    counted.push([`${masked[0]}, with the session cache`, [1, 0, 0], await count(60_000, masked[2])]);
  }
  const sum = (of: (bound: Bound, asked: Asked) => number) =>
    counted.reduce((all, [, bound, asked]) => all + of(bound, asked), 0);
  const goals: Goal[] = [
    ...counted.map(
      ([name, [atMost], { trips }]): Goal => ({ what: `Round trips: ${name}`, value: trips, atMost, kind: 'count' }),
    ),
    {
      what: 'Calls of KMS: all of these together',
      value: sum((_, { kms }) => kms),
      atMost: sum(([, kms]) => kms),
      kind: 'count',
    },
    {
      what: 'Hashes of a password: all of these together',
      value: sum((_, { hashes }) => hashes),
      atMost: sum(([, , hashes]) => hashes),
      kind: 'count',
    },
  ];
  return {
    name: 'trips',
    about: 'What calls ask of the cloud, one after another: what is in flight together counts as one round trip.',
    goals,
    tables: [
      {
        about: 'The same on every machine.',
        rows: counted.map(([name, , { trips, kms, hashes }]) => ({
          name,
          values: { 'round trips': trips, 'calls of KMS': kms, hashes },
        })),
      },
    ],
  };
}

async function count(
  sessionCacheMs: number,
  call: (stock: Stock) => Promise<{ readonly status: number }>,
): Promise<Asked> {
  const stock = await stocked(sessionCacheMs);
  return roundTrips(stock.app, async () => {
    const { status } = await call(stock);
    if (status >= 300) throw new Error(`answered ${status}`);
  });
}

/** An account with as many items as a list shows, and a document. */
async function stocked(sessionCacheMs: number): Promise<Stock> {
  const app = createAccountsApp({ settings: { sessionCacheMs } });
  const { token } = await app.register();
  let id = '';
  for (let n = 0; n < LISTED; n++) id = await app.addItem(token, NOTE.type, NOTE.data);
  const headers = { 'content-type': 'application/pdf' };
  const made = await app.call('POST /v1/documents', { token, body: PDF, headers });
  return { app, token, item: `/v1/items/${id}`, document: `/v1/documents/${made.text('id')}` };
}
