import type { ErrorCode, Issue } from '../../errors.ts';
import { PROBLEMS } from '../problem.ts';
import { GATEWAY_PROBLEMS, type GatewayProblem } from '../route-list.ts';
import type { ResponseHeader } from '../schemas/contract.ts';
import { problem } from '../schemas/problem.ts';
import { headerRefs } from './headers.ts';
import { type Json, namesOf, refTo, sorted } from './names.ts';

/** One problem that a call can meet. */
interface Told {
  /** Its code; for the gateway's own text of a code that the service has too, `gateway_` and the code. */
  readonly name: string;
  readonly code: string;
  readonly status: number;
  readonly title: string;
  readonly detail: string;
  readonly byGateway: boolean;
  readonly header: ResponseHeader | null;
}

/** Headers of an error beyond `x-request-id`, by its code. */
const PROBLEM_HEADERS: Partial<Record<ErrorCode, ResponseHeader>> = {
  invalid_credentials: 'www-authenticate',
  range_not_satisfiable: 'content-range',
  temporarily_unavailable: 'retry-after',
  too_many_attempts: 'retry-after',
  unauthenticated: 'www-authenticate',
  vault_rolled_back: 'x-vault-revision',
};

/** What the gateway may answer to a call that this document has. */
const GATEWAY: readonly GatewayProblem[] = [
  GATEWAY_PROBLEMS.DEFAULT_4XX,
  GATEWAY_PROBLEMS.WAF_FILTERED,
  GATEWAY_PROBLEMS.REQUEST_TOO_LARGE,
  GATEWAY_PROBLEMS.THROTTLED,
  GATEWAY_PROBLEMS.INTEGRATION_FAILURE,
  GATEWAY_PROBLEMS.INTEGRATION_TIMEOUT,
];

/** What such a problem says besides its fixed texts. */
const ISSUES: Partial<Record<ErrorCode, readonly Issue[]>> = {
  invalid_request: [
    { path: '/data/iban', message: 'must be an IBAN in capitals; its length or its check digits are wrong' },
  ],
  password_too_weak: [{ path: '/newPassword', message: 'is easy to guess: common, or like the e-mail address' }],
  unsupported_script: [
    { path: '/fields/body', message: 'has a character of a script that the fonts of this service do not show' },
  ],
};

/** The answers of one call, by status, as references to {@link makeProblemResponses}. */
export function problemRefs(codes: readonly ErrorCode[]): Json {
  return Object.fromEntries(
    groupsOf(codes).map(([status, group]) => [status, { $ref: `#/components/responses/${nameOf(group)}` }]),
  );
}

/**
 * Every set of problems that calls answer with one status, under its problems' names.
 *
 * @param calls the service's codes of each call
 */
export function makeProblemResponses(calls: readonly (readonly ErrorCode[])[]): Json {
  const responses: Json = {};
  for (const [, group] of calls.flatMap(groupsOf)) responses[nameOf(group)] ??= responseOf(group);
  return sorted(responses);
}

/** All codes, the gateway's included, as a table. */
export function describeCodes(): string {
  const own = toldOf(namesOf(PROBLEMS)).filter(({ name, code }) => name === code);
  const rows = own.map(({ code, status, detail }) => `| \`${code}\` | ${status} | ${detail} |`);
  return ['| code | status | meaning |', '| --- | --- | --- |', ...rows].join('\n');
}

function responseOf(group: readonly Told[]): Json {
  return {
    description: group
      .map(({ code, detail, byGateway }) => `\`${code}\`${byGateway ? ', on AWS' : ''}: ${detail}`)
      .join('\n\n'),
    headers: headerRefs(['x-request-id', ...group.flatMap(({ header }) => header ?? [])]),
    content: {
      'application/problem+json': {
        schema: { ...refTo(problem), properties: { code: { enum: [...new Set(group.map(({ code }) => code))] } } },
        examples: Object.fromEntries(group.map((told) => [told.name, { summary: told.title, value: bodyOf(told) }])),
      },
    },
  };
}

function bodyOf({ name, code, status, title, detail }: Told): Json {
  const errors = (ISSUES as Readonly<Record<string, readonly Issue[]>>)[name];
  return {
    type: `urn:problem:${code}`,
    title,
    status,
    code,
    detail,
    requestId: 'b7f3c9d2-51ae-4d0c-8f6e-2a9d40c1e735',
    ...(errors === undefined ? {} : { errors }),
    ...(code === 'export_too_large' ? { parts: 3 } : {}),
  };
}

/** The problems of one call, by status. */
function groupsOf(codes: readonly ErrorCode[]): (readonly [status: string, group: readonly Told[]])[] {
  const told = toldOf(codes);
  const statuses = [...new Set(told.map(({ status }) => status))];
  return statuses.map((status) => [String(status), told.filter((one) => one.status === status)]);
}

/** The service's own problems and the gateway's, each text once. */
function toldOf(codes: readonly ErrorCode[]): Told[] {
  const told: Told[] = codes.map((code) => ({
    name: code,
    code,
    ...PROBLEMS[code],
    byGateway: false,
    header: PROBLEM_HEADERS[code] ?? null,
  }));
  const theirs = GATEWAY.map((answer) => ({
    name: Object.hasOwn(PROBLEMS, answer.code) ? `gateway_${answer.code}` : answer.code,
    ...answer,
    byGateway: true,
    header: answer.retryAfter === undefined ? null : ('retry-after' as const),
  }));
  return [
    ...told,
    ...theirs.filter(({ code, detail }) => !told.some((one) => one.code === code && one.detail === detail)),
  ];
}

function nameOf(group: readonly Told[]): string {
  return group
    .map(({ name }) => name)
    .sort()
    .join('.');
}
