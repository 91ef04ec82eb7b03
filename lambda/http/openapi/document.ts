import { ROUTES } from '../route-list.ts';
import { errorsOf } from '../schemas/contracts.ts';
import { makeHeaders } from './headers.ts';
import { INTRODUCTION } from './introduction.ts';
import { type Json, namesOf } from './names.ts';
import { makePaths } from './operations.ts';
import { makeProblemResponses } from './problems.ts';
import { makeSchemas } from './schemas.ts';

/** The OpenAPI 3.1 document, made from the routes and the schemas that validate their requests. Build time only. */
export function makeOpenApi(): Json {
  return {
    openapi: '3.1.1',
    info: {
      title: 'Twinlock',
      version: '1',
      summary: 'A vault for personal data with two locks: the user’s password and the operator’s KMS key.',
      description: INTRODUCTION,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    jsonSchemaDialect: 'https://json-schema.org/draft/2020-12/schema',
    servers: [{ url: '/', description: 'Where this document was read from.' }],
    tags: [
      {
        name: 'account',
        description: 'Registering, the password and the recovery code, keys, activity, export, deletion.',
      },
      {
        name: 'sessions',
        description: 'Signing in and out. A session’s token opens every call that is not open to all.',
      },
      { name: 'items', description: 'Personal data, one item at a time. Lists show it masked unless asked otherwise.' },
      { name: 'documents', description: 'PDFs, made from items by a template or sent, and kept for a time.' },
      { name: 'uploads', description: 'PDFs of more than 4 MiB, sent in parts.' },
      { name: 'service', description: 'The service itself.' },
    ],
    paths: makePaths(),
    components: {
      schemas: makeSchemas(),
      responses: makeProblemResponses(namesOf(ROUTES).map(errorsOf)),
      headers: makeHeaders(),
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer', description: 'The token of a session, as signing in returns it.' },
      },
    },
  };
}
