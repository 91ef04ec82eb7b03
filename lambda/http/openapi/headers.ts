import { RESPONSE_HEADERS, type ResponseHeader } from '../schemas/contract.ts';
import type { Json } from './names.ts';

/** What each header looks like. */
const HEADER_EXAMPLES: Readonly<Record<ResponseHeader, string>> = {
  'accept-ranges': 'bytes',
  'content-disposition': `attachment; filename="Tenancy agreement.pdf"; filename*=UTF-8''Tenancy%20agreement.pdf`,
  'content-range': 'bytes 0-1023/48231',
  etag: '"3"',
  location: '/v1/items/01M6DQS9M0A7K2V9XB4RTC8E5N',
  'retry-after': '30',
  'www-authenticate': 'Bearer',
  'x-request-id': 'b7f3c9d2-51ae-4d0c-8f6e-2a9d40c1e735',
  'x-vault-revision': '42',
};

/** Every header of an answer. */
export function makeHeaders(): Json {
  return Object.fromEntries(
    Object.entries<string>(RESPONSE_HEADERS).map(([name, description]) => [
      name,
      // An answer that lists one always has it.
      { description, required: true, schema: { type: 'string' }, example: HEADER_EXAMPLES[name as ResponseHeader] },
    ]),
  );
}

/** The headers of one answer, by their names. */
export function headerRefs(names: readonly ResponseHeader[]): Json {
  return Object.fromEntries(names.toSorted().map((name) => [name, { $ref: `#/components/headers/${name}` }]));
}
