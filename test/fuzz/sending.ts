import { Agent, request } from 'node:http';
import type { Contract, Operation } from './document.ts';
import type { Account, Session } from './world.ts';

/** How a request was meant: as the document and the state demand, one step beside that, or to do harm. */
export type Class = 'valid' | 'nearly' | 'hostile';
export const CLASSES: readonly Class[] = ['valid', 'nearly', 'hostile'];

/** A request, before it is sent. */
export interface Sending {
  /** Null for a path or a method that no operation has. */
  readonly operation: Operation | null;
  readonly class: Class;
  readonly method: string;
  /** By name, not encoded. */
  readonly params: Readonly<Record<string, string>>;
  /** In place of the operation's path, encoded already. */
  readonly rawPath?: string;
  readonly query: readonly (readonly [string, string])[];
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer | null;
  readonly account: Account | null;
  readonly session: Session | null;
  /** In place of the session's; null sends none. */
  readonly token: string | null;
  /** The statuses that alone are right, where the state tells. */
  readonly expected?: readonly number[];
}

/** An answer, read whole. */
export interface Received {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly bytes: Buffer;
}

/** Sends a request. @throws Error where no answer comes */
export type Transport = (sending: Sending) => Promise<Received>;

export function pathOf({ operation, rawPath, params, query }: Sending): string {
  const path =
    rawPath ??
    (operation?.path ?? '/').replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(params[name] ?? ''));
  const search = query.map(([name, value]) => `${wellFormed(name)}=${wellFormed(value)}`).join('&');
  return search === '' ? path : `${path}?${search}`;
}

function wellFormed(text: string): string {
  return encodeURIComponent(text.replace(/\p{Cs}/gu, '\ufffd'));
}

/** The JSON of a body; undefined where it is none. */
export function jsonOf(bytes: Uint8Array | null): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes ?? new Uint8Array(0)));
  } catch {
    return undefined;
  }
}

/**
 * Why a request breaks the document, as the document alone tells; empty where it does not.
 *
 * @param sending with an operation; of one without there is nothing to break
 */
export function violationsOf(contract: Contract, { operation, params, query, headers, body }: Sending): string[] {
  if (operation === null) return [];
  const faults: string[] = [];
  for (const { name, in: place, required, schema } of operation.parameters) {
    const named = query.filter(([key]) => key === name).map(([, value]) => value);
    const [value] = place === 'path' ? [params[name]] : place === 'query' ? named : [headers[name]?.trim()];
    if (value === undefined ? required : named.length < 2 && !contract.accepts(schema, typed(schema['type'], value))) {
      faults.push(`${place} ${name}`);
    }
  }
  if (operation.body === null) return faults;
  const type = (headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
  const schema = operation.body[type];
  if (!Object.hasOwn(operation.body, type)) faults.push('content-type');
  else if (schema !== undefined) {
    const value = jsonOf(body);
    if (value === undefined || !contract.accepts(schema, value)) faults.push('body');
  }
  return faults;
}

/** A parameter's text as the type that its schema names. */
function typed(type: unknown, text: string): unknown {
  if (type === 'integer') return /^-?\d+$/.test(text) && String(Number(text)) === text ? Number(text) : text;
  if (type === 'boolean') return text === 'true' || (text === 'false' ? false : text);
  return text;
}

/**
 * @param url of the service
 * @returns what sends, a connection each: one that is kept may be closed from the other side just then
 */
export function overHttp(url: string): { send: Transport; close: () => void } {
  const agent = new Agent({ keepAlive: false });
  const send: Transport = (sending) =>
    new Promise((resolve, reject) => {
      const { method, body } = sending;
      const length: Record<string, string> = body === null ? {} : { 'content-length': String(body.length) };
      const call = request(
        url + pathOf(sending),
        { method, agent, headers: { ...headersOf(sending), ...length } },
        (response) => {
          const parts: Buffer[] = [];
          response.on('data', (part: Buffer) => parts.push(part));
          response.on('error', reject);
          response.on('end', () => {
            const headers = Object.entries(response.headers).map(([name, value]) => [name, String(value)]);
            resolve({
              status: response.statusCode ?? 0,
              headers: Object.fromEntries(headers) as Record<string, string>,
              bytes: Buffer.concat(parts),
            });
          });
        },
      );
      call.on('error', reject);
      call.setTimeout(120_000, () => call.destroy(new Error('no answer within two minutes')));
      call.end(body ?? undefined);
    });
  return { send, close: () => agent.destroy() };
}

/** All headers of a request. */
export function headersOf({ token, headers }: Sending): Record<string, string> {
  return { ...(token === null ? {} : { authorization: `Bearer ${token}` }), ...headers };
}

/** A request as a command, its token left out. */
export function curlOf(url: string, sending: Sending): string {
  const quoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;
  const { token, body, method } = sending;
  const headers = Object.entries(headersOf({ ...sending, token: token === null ? null : 'TOKEN' }));
  const given = headers.map(([name, value]) => `-H ${quoted(`${name}: ${value}`)}`);
  const text = body?.toString() ?? '';
  const isText = body !== null && body.length <= 2000 && Buffer.from(text).equals(body) && !text.includes('\0');
  const data = body === null ? [] : isText ? [`--data-binary ${quoted(text)}`] : ['--data-binary @-'];
  const shown = body?.subarray(0, 1500).toString('base64');
  const note =
    body === null || isText ? '' : ` # ${body.length} bytes, in base64: ${shown}${body.length > 1500 ? '…' : ''}`;
  return ['curl -i -X', method, quoted(url + pathOf(sending)), ...given, ...data].join(' ') + note;
}
