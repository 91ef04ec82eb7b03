import type * as z from 'zod';
import type { ErrorCode } from '../../errors.ts';
import type { ROUTES, RouteName } from '../route-list.ts';

/** The headers that answers carry beyond those on every answer, and what they say. */
export const RESPONSE_HEADERS = {
  'accept-ranges': 'Always `bytes`.',
  'content-disposition': 'The file name (RFC 8187).',
  'content-range': 'Which bytes these are, of how many.',
  etag: 'The version, or the SHA-256 of a PDF in hex, quoted.',
  location: 'The path of what was made.',
  'retry-after': 'Seconds to wait.',
  'www-authenticate': 'Always `Bearer`.',
  'x-request-id': 'Names the request in the operator’s log.',
  'x-vault-revision': 'Counts the vault’s changes and only grows: send the highest seen as `x-vault-revision-seen`.',
} as const;

export type ResponseHeader = keyof typeof RESPONSE_HEADERS;

/** A successful answer. */
export interface Success {
  readonly description: string;
  /** A named schema of the JSON body. */
  readonly schema?: z.ZodType;
  /** Of a body that is not JSON. */
  readonly contentType?: string;
  readonly headers?: readonly ResponseHeader[];
}

/** What one call takes and answers: validation, the OpenAPI document and the client are made from it. */
export interface Contract {
  readonly summary: string;
  readonly description?: string;
  /** Of the query's values, which are strings; it may convert and fill in. */
  readonly query?: z.ZodObject;
  /** Of the headers that the call reads, by their names in lower case; others pass. */
  readonly headers?: z.ZodObject;
  /** Of the JSON body; a named schema that neither converts nor fills in (see `parseWhole`). */
  readonly json?: z.ZodType;
  /** Takes a PDF, or a part of one, in place of JSON. */
  readonly pdf?: true;
  /** By status. */
  readonly responses: Readonly<Record<number, Success>>;
  /** Beyond those that follow from the above (see `errorsOf`). */
  readonly errors: readonly ErrorCode[];
}

/** The calls of one service: a contract file that lacks one does not compile. */
export type RouteNameOf<S extends (typeof ROUTES)[RouteName]['service']> = {
  [N in RouteName]: (typeof ROUTES)[N]['service'] extends S ? N : never;
}[RouteName];
