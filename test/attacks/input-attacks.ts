import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { checkAnswer } from '../fixtures/contract.ts';
import { attacks, type Case } from './cases.ts';
import { type InputWorld, ORIGIN, type Seen, startInputWorld } from './input-world.ts';

/** What of this machine, its code and its cloud no error tells. */
const INSIDE =
  /\bat \S+ \(|\.[cm]?[jt]s\b|node:|node_modules|\/(?:home|root|tmp|usr|var|opt|etc)\/|arn:|[Tt]winlock|[Dd]ynamo|\bS3\b|KMS|[Ll]ambda|\w(?:Exception|Error)\b|localhost|127\.0\.0\.1/;
/** Every word that the API uses in public: what was sent and is one of them, tells nothing by coming back. */
const PUBLIC = readFileSync('docs/openapi.json', 'utf8');

/**
 * Makes the attacks of a table against a service of its own, then holds every answer that came to what holds for all.
 *
 * @param heading of the table in docs/threat-model.md
 * @param casesOf the world's cases, by their ids in the table
 */
export function inputAttacks(heading: string, casesOf: (world: InputWorld) => Record<string, Case>): void {
  const cases: Record<string, Case> = {};
  let world: InputWorld;
  beforeAll(async () => {
    world = await startInputWorld();
    Object.assign(cases, casesOf(world));
  });
  afterAll(() => world.close());

  attacks(heading, cases);

  it(`${heading}: no answer is outside the contract, tells of the inside, or holds what was sent`, () => {
    expect(world.seen.length).toBeGreaterThan(Object.keys(cases).length);
    world.seen.forEach(checkSeen);
    const { counts } = world.attacked.telemetry;
    expect([counts.get('IntegrityFailure'), counts.get('CloudFailure')]).toEqual([undefined, undefined]);
  });
}

/** Holds an answer to what holds for every answer. */
export function checkSeen({ call, answer, sent }: Seen): void {
  const { status, headers, bytes } = answer;
  expect(Object.fromEntries(headers)).toMatchObject({
    'x-request-id': expect.stringMatching(/^[0-9a-f-]{36}$/),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  });
  for (const name of ['server', 'x-powered-by', 'set-cookie']) expect([name, headers.has(name)]).toEqual([name, false]);
  expect([null, ORIGIN]).toContain(headers.get('access-control-allow-origin'));
  if (status >= 400) {
    const text = bytes.toString();
    expect([text, status < 500]).toEqual([text, true]);
    expect(headers.get('content-type')).toBe('application/problem+json');
    expect(text).not.toMatch(INSIDE);
    const said = text.replace(headers.get('x-request-id') ?? '', '');
    expect(sent.filter((value) => value.length >= 4 && !PUBLIC.includes(value) && said.includes(value))).toEqual([]);
  }
  if (call !== null) checkContract(call, answer);
}

/** Holds an answer to the contract of its call, wherever it was served. */
function checkContract(call: string, answer: Seen['answer']): void {
  const [method = '', path = ''] = call.split(/ (.*)/s);
  const headers = new Headers(answer.headers);
  headers.set('x-request-id', 'request-0');
  // The local service is no way in from outside: it leaves this to AWS.
  headers.set('strict-transport-security', 'max-age=63072000; includeSubDomains');
  const isProblem = answer.status >= 400 && typeof answer.body === 'object';
  const body = isProblem ? { ...answer.body, requestId: 'request-0' } : answer.body;
  checkAnswer(`${method} ${plainPath(path)}`, { ...answer, headers, body });
}

/** A path as the router reads it. */
function plainPath(path: string): string {
  const { pathname } = new URL(`http://vault.test${path}`);
  // What else is encoded stands in no route.
  return pathname.replace(/%[46][0-9a-f]|%[57][0-9a]|%3[0-9]/gi, decodeURIComponent);
}
