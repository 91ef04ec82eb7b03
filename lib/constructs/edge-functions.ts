import { EDGE_HEADERS, FIXED_HEADERS } from '../../lambda/http/route-list.ts';

/**
 * Names the viewer's address to the API, as a header of our own: what a caller sends under that name is replaced, and
 * unlike `cloudfront-viewer-address` it has no port, so that the web ACL can count by it.
 */
export const NAMES_VIEWER = `function handler(event) {
  event.request.headers['${EDGE_HEADERS.viewer}'] = { value: event.viewer.ip };
  return event.request;
}
`;

/** Answers as the API does to a path that it doesn't know. */
export const NOTHING_HERE = `function handler(event) {
  var id = event.context.requestId;
  return {
    statusCode: 404,
    statusDescription: 'Not Found',
    headers: {
      'content-type': { value: 'application/problem+json' },
      'cache-control': { value: 'no-store' },
      'x-content-type-options': { value: 'nosniff' },
      'strict-transport-security': { value: '${FIXED_HEADERS['strict-transport-security']}' },
      'x-request-id': { value: id },
    },
    body: {
      encoding: 'text',
      data: JSON.stringify({
        type: 'urn:problem:not_found',
        title: 'Not found',
        status: 404,
        code: 'not_found',
        detail: 'There is nothing here.',
        requestId: id,
      }),
    },
  };
}
`;
