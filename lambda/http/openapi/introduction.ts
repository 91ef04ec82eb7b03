import { describeCodes } from './problems.ts';

/** What holds for every call, for who reads the document from its top (Markdown). */
export const INTRODUCTION = `
A vault for the personal data of an application’s users, and for the PDFs made from it. What each user stores is encrypted
under a key that only their password opens, together with a key of the operator.

# From nothing to a PDF

1. \`POST /v1/accounts\` registers and signs in. Its \`session.token\` goes with every later call.
2. \`POST /v1/items\` stores an item. \`GET /v1/item-types\` has the JSON Schema of each type, to build forms from.
3. \`GET /v1/items\` lists what is stored, masked; \`GET /v1/items/{itemId}\` shows one whole.
4. \`POST /v1/documents\` makes a PDF from items. \`GET /v1/templates\` lists the templates and what each asks for.
5. \`GET /v1/documents/{documentId}/content\` returns the PDF.

**Whoever forgets the password loses the data,** unless they asked for a recovery code before. Say so where users register.

# Requests

- JSON in UTF-8 with \`content-type: application/json\`, at most 256 KiB. Fields that a schema does not name are refused, and so
  are fields that come twice.
- \`authorization: Bearer <token>\` on all calls but those that need no session: registering, signing in, recovery, and what is the
  same for everybody, as the types of items. A session ends when it is not used until \`idleExpiresAt\`, which each use moves on,
  and at \`expiresAt\` in any case: then calls answer 401 \`unauthenticated\`, and the user signs in again.
- Times are RFC 3339 in UTC with milliseconds. Ids are 26 characters and opaque.
- Personal data never stands in a URL: what is searched for goes into bodies, a sent PDF’s title into a header.

# Errors

Every error is \`application/problem+json\` (RFC 9457). Switch over \`code\`: it is stable and has one status. \`title\` and \`detail\` are for
developers and hold nothing of what was sent. \`errors\` lists the faults of a request, each with a JSON pointer. Give
\`requestId\` to the operator where help is needed.

- An unknown path answers 404 \`not_found\`, a known path with another method 405 \`method_not_allowed\` with \`allow\`.
- What belongs to another account answers 404, exactly as what never existed.
- 429, 502, 503 and 504 come with \`retry-after\`, in seconds: wait so long and send the request again.
- On AWS the gateway and its firewall answer some calls by themselves, in the same form: the 400 \`bad_request\`, 403 \`forbidden\`, 413,
  429, 502 and 504 that every call lists.

All codes:

${describeCodes()}

# Sending again

\`POST /v1/items\`, \`POST /v1/documents\` and \`POST /v1/uploads\` take an \`idempotency-key\`, chosen by the client for one request and
kept 24 hours. A request that is sent again with its key is done once and answers as it did before. What replaces, changes or
removes may be sent again as it is.

# Lists

A page has up to \`limit\` entries and a \`nextCursor\`, which is null at the end and otherwise goes into \`cursor\` for the next page. A page
may be short, even empty, before the end.

# A vault that went back

Every signed-in answer carries \`x-vault-revision\`, a number that only grows. Keep the highest and send it as
\`x-vault-revision-seen\`: when the database was put back to an older state, the call answers 409 \`vault_rolled_back\`.
`.trim();
