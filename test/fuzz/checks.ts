import type { Contract, Documented } from './document.ts';
import { GAPS, type Gap, type Problem } from './gaps.ts';
import { jsonOf, pathOf, type Received, type Sending, violationsOf } from './sending.ts';

/** What is wrong with an answer: a kind, by which findings are told apart, and what exactly. */
export interface Fault {
  readonly kind: string;
  readonly detail: string;
}

/** Texts that were sent and are shorter may be anybody's. */
const TELLING = 8;
/** Answers that a request which passes its schemas may not get, unless by a gap. */
const REFUSALS: ReadonlySet<number> = new Set([400, 413, 415, 422]);
/** What a valid request may meet besides success: an e-tag that matches, and a throttle. */
const ALLOWED: ReadonlySet<number> = new Set([304, 429]);

/**
 * Holds an answer against the document and against what is known of the request.
 *
 * @param log the lines that the service wrote meanwhile
 * @param used gets the gaps that explained a refusal
 */
export function faultsOf(
  contract: Contract,
  sending: Sending,
  received: Received,
  log: string,
  used: Set<Gap>,
): Fault[] {
  const faults: Fault[] = [];
  const fault = (kind: string, detail: string) => faults.push({ kind, detail });
  const { operation, expected } = sending;
  const { status, bytes } = received;
  const isHead = sending.method === 'HEAD';
  if (status === 503) fault('503', 'temporarily unavailable');
  else if (status >= 500) fault('5xx', `status ${status} ${bytes.toString().slice(0, 300)}`);

  const documented = operation?.responses[status] ?? (operation === null ? outside(contract, status) : undefined);
  if (documented === undefined) fault('undocumented status', `status ${status}`);
  else {
    for (const wrong of formFaults(documented, received, isHead)) fault('form', `status ${status}: ${wrong}`);
  }

  const problem =
    status >= 400 && !isHead ? ((jsonOf(bytes) ?? { status, code: '' }) as Problem) : { status, code: '' };
  const violations = violationsOf(contract, sending);
  if (violations.length > 0 && status < 400)
    fault('accepted', `breaks the document at ${violations.join(', ')}; status ${status}`);
  if (violations.length === 0 && operation !== null && REFUSALS.has(status) && expected === undefined && !isHead) {
    const gap = GAPS.find((one) => one.explains(problem, sending));
    if (gap === undefined) fault('refused', `breaks nothing; ${status} ${JSON.stringify(problem)}`);
    else used.add(gap);
  }
  const isScript = problem.code === 'unsupported_script';
  if (sending.class === 'valid' && status >= 300 && !ALLOWED.has(status) && !isScript && status < 500) {
    fault('valid refused', `${status} ${bytes.toString().slice(0, 400)}`);
  }
  if (
    expected !== undefined &&
    status < 500 &&
    ![...expected, ...(violations.length > 0 ? [400, 413, 415, 422] : [])].includes(status)
  ) {
    fault('expected', `${status}, not ${expected.join(' or ')}`);
  }
  const sent = sentTexts(contract, sending);
  const said = status >= 400 ? bytes.toString() : '';
  if (sent.some((text) => said.includes(text))) fault('echo', `the problem holds what was sent: ${said.slice(0, 300)}`);
  if (sent.some((text) => log.includes(text))) fault('log', `the log holds what was sent: ${log.slice(0, 300)}`);
  return faults;
}

/** An answer that belongs to no operation: no such path, no such method, a preflight. */
function outside(contract: Contract, status: number): Documented {
  const content: Documented['content'] = status === 204 ? {} : { 'application/problem+json': contract.problem };
  return { headers: ['x-request-id'], content };
}

function formFaults(
  { headers: required, content }: Documented,
  { headers, bytes }: Received,
  isHead: boolean,
): string[] {
  const faults = required.filter((name) => headers[name] === undefined).map((name) => `no ${name}`);
  const types = Object.keys(content);
  const type = headers['content-type'];
  if (types.length === 0) {
    if (bytes.length > 0 || type !== undefined) faults.push(`a body, ${String(type)}`);
    return faults;
  }
  if (type === undefined || !types.includes(type)) return [...faults, `content type ${String(type)}`];
  const check = content[type];
  if (isHead || check === undefined) return faults;
  const body = jsonOf(bytes);
  if (body === undefined) faults.push('no JSON');
  else if (!check(body)) faults.push(`the body: ${JSON.stringify(check.errors?.slice(0, 3))}`);
  return faults;
}

/** Texts of a request that nobody else knows: as they stand, and as JSON writes them. */
export function sentTexts(contract: Contract, sending: Sending): string[] {
  const texts = new Set<string>();
  // A content type says nothing of the user.
  const { 'content-type': _, ...headers } = sending.headers;
  const left: unknown[] = [
    jsonOf(sending.body),
    sending.params,
    sending.query.map(([, value]) => value),
    headers,
    sending.token,
  ];
  // An error names where it is: what stands as a value and as a name is told as the name.
  const names = new Set(sending.query.map(([name]) => name));
  // Not by recursion: bodies are nested as deep as they like.
  while (left.length > 0) {
    const value = left.pop();
    if (typeof value === 'string') texts.add(value);
    if (typeof value !== 'object' || value === null) continue;
    for (const [name, inner] of Object.entries(value)) {
      names.add(name);
      left.push(inner);
    }
  }
  if (sending.body !== null && sending.body.length < 5000) texts.add(sending.body.toString());
  if (sending.operation === null) texts.add(pathOf(sending));
  return [...texts]
    .filter((text) => text.length >= TELLING && !names.has(text) && !contract.text.includes(text))
    .flatMap((text) => [text, JSON.stringify(text).slice(1, -1)]);
}
