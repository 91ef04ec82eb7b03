import * as z from 'zod';

/** The body of every error. Its `code` is described where the OpenAPI document is made, which knows them all. */
export const problem = z
  .object({
    type: z.string().meta({ description: '`urn:problem:` and the code.' }),
    title: z.string(),
    status: z.int(),
    code: z.string().meta({ description: 'Stable; each has one status.' }),
    detail: z.string().meta({ description: 'Never holds what was sent.' }),
    requestId: z.string(),
    errors: z
      .array(
        z.object({
          path: z.string().meta({ description: 'A JSON pointer into the body, the query or the headers.' }),
          message: z.string(),
        }),
      )
      .optional(),
    parts: z.int().optional().meta({ description: 'Of `export_too_large`: how many parts there are.' }),
  })
  .meta({ id: 'Problem' });
