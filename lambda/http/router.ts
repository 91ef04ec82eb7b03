import type { Context, Hono } from 'hono';
import type * as z from 'zod';
import { type DocumentId, type ItemId, parseId } from '../domain/ids.ts';
import { parseAs, parseWhole } from '../domain/issues.ts';
import { InvalidRequestError } from '../errors.ts';
import type { NamedRow, SignedIn } from '../usecases/authenticate.ts';
import type { Caller } from '../usecases/journal.ts';
import type { AppEnv, AppOptions } from './app.ts';
import { readJson, readPdf, sendsPdf } from './body.ts';
import { ROUTES, type Route, type RouteName, routePaths } from './route-list.ts';
import type { ACCOUNT_CONTRACTS } from './schemas/accounts.ts';
import type { Contract } from './schemas/contract.ts';
import type { DOCUMENT_CONTRACTS } from './schemas/documents.ts';
import type { ITEM_CONTRACTS } from './schemas/items.ts';

type Contracts = typeof ACCOUNT_CONTRACTS & typeof ITEM_CONTRACTS & typeof DOCUMENT_CONTRACTS;
type Parsed<C, Part extends string> = C extends { readonly [P in Part]: infer S extends z.ZodType }
  ? z.output<S>
  : undefined;
type Parameter<P extends string> = P extends `${string}{${infer Name}}${infer Rest}` ? Name | Parameter<Rest> : never;

/** A call whose session was found and whose parts passed their schemas. */
export interface Call<N extends RouteName> {
  readonly signedIn: (typeof ROUTES)[N] extends { readonly open: true } ? null : SignedIn;
  readonly params: Readonly<Record<Parameter<(typeof ROUTES)[N]['path']>, string>>;
  readonly query: Parsed<Contracts[N], 'query'>;
  readonly headers: Parsed<Contracts[N], 'headers'>;
  readonly body: Parsed<Contracts[N], 'json'>;
  /** The body where it is a PDF, or a part of one; null where it is JSON. */
  readonly pdf: Contracts[N] extends { readonly pdf: true; readonly json: z.ZodType }
    ? Uint8Array | null
    : Contracts[N] extends { readonly pdf: true }
      ? Uint8Array
      : null;
  readonly caller: Caller;
}

export type Handlers<N extends RouteName> = { readonly [M in N]: (call: Call<M>) => Promise<Response> };

/** Calls with what answers them, to be mounted on an app. */
export type Service = readonly {
  readonly name: RouteName;
  readonly contract: Contract;
  readonly handle: (call: never) => Promise<Response>;
}[];

/** Joins the calls of one service with their handlers: one that lacks a handler does not compile. */
export function service<N extends RouteName>(contracts: Record<N, Contract>, handlers: Handlers<N>): Service {
  return (Object.keys(contracts) as N[]).map((name) => ({ name, contract: contracts[name], handle: handlers[name] }));
}

/** Mounts services: session, then query, headers and body, then the handler. */
export function mount(app: Hono<AppEnv>, { services, authenticate }: AppOptions): void {
  for (const { name, contract, handle } of services.flat()) {
    const route: Route = ROUTES[name];
    const paths = routePaths(route).map((path) => path.replace(/\{(\w+)\}/g, ':$1'));
    app.on(route.method, paths, async (c) => {
      c.set('route', route.path);
      const caller = { sourceIp: c.env.sourceIp, userAgent: c.req.header('user-agent') ?? '' };
      const signedIn =
        route.open === true ? null : await authenticate(bearer(c), revisionSeen(c), caller, namedIn(c.req.param()));
      try {
        const isPdf = contract.pdf === true && (contract.json === undefined || sendsPdf(c.req.raw));
        const call = {
          signedIn,
          params: c.req.param(),
          query: readQuery(c, contract),
          headers: contract.headers && parseAs(contract.headers, c.req.header()),
          body: contract.json && !isPdf ? parseWhole(contract.json, await readJson(c.req.raw)) : undefined,
          pdf: isPdf ? await readPdf(c.req.raw) : null,
          caller,
        };
        // Every part was just made by the schemas that the handler's type is inferred from.
        const response = await handle(call as never);
        if (c.req.method !== 'HEAD') return response;
        // Hono would drop the body and leave open what it reads from.
        await response.body?.cancel();
        return new Response(null, response);
      } finally {
        if (signedIn !== null) {
          const { revision } = signedIn;
          if (revision !== null) c.set('revision', revision);
          await signedIn.close();
        }
      }
    });
  }
}

/** The item or document that a path names: an upload is a document in the making. */
function namedIn(params: Readonly<Record<string, string | undefined>>): NamedRow | null {
  const { itemId: item, uploadId, documentId: document = uploadId } = params;
  const itemId = item === undefined ? null : parseId<ItemId>(item);
  if (itemId !== null) return { kind: 'item', itemId };
  const documentId = document === undefined ? null : parseId<DocumentId>(document);
  return documentId === null ? null : { kind: 'document', documentId };
}

/** The bearer token (RFC 6750 §2.1); null where none was sent. */
function bearer(c: Context): string | null {
  return /^Bearer +([\x21-\x7e]+)$/i.exec(c.req.header('authorization') ?? '')?.[1] ?? null;
}

function revisionSeen(c: Context): number | null {
  const text = c.req.header('x-vault-revision-seen');
  if (text === undefined) return null;
  if (!/^\d{1,15}$/.test(text)) {
    throw new InvalidRequestError([{ path: '/x-vault-revision-seen', message: 'must be a number' }]);
  }
  return Number(text);
}

function readQuery(c: Context, contract: Contract): unknown {
  if (contract.query === undefined) return undefined;
  const values = new Map<string, string>();
  for (const [name, all] of Object.entries(c.req.queries())) {
    if (all.length > 1) throw new InvalidRequestError([{ path: '', message: 'has a parameter more than once' }]);
    values.set(name, all[0] ?? '');
  }
  // Unlike an assignment, it makes a field of "__proto__" too.
  return parseAs(contract.query, Object.fromEntries(values));
}
