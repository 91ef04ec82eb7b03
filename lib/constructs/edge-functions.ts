import { EDGE_HEADERS, FIXED_HEADERS, GATEWAY_PROBLEMS, problemJson } from '../../lambda/http/route-list.ts';

/**
 * Names the viewer's address to the API, as a header of our own: what a caller sends under that name is replaced, and
 * unlike `cloudfront-viewer-address` it has no port, so that the web ACL can count by it.
 */
export const NAMES_VIEWER = `function handler(event) {
  event.request.headers['${EDGE_HEADERS.viewer}'] = { value: event.viewer.ip };
  return event.request;
}
`;

const NOTHING = GATEWAY_PROBLEMS.RESOURCE_NOT_FOUND;

const NOTHING_HEADERS = Object.fromEntries(
  Object.entries({ 'content-type': 'application/problem+json', ...FIXED_HEADERS }).map(([name, value]) => [
    name,
    { value },
  ]),
);

/** Answers as the API does to a path that it doesn't know. */
export const NOTHING_HERE = `function handler(event) {
  var id = event.context.requestId;
  var headers = ${JSON.stringify(NOTHING_HEADERS)};
  headers['x-request-id'] = { value: id };
  return {
    statusCode: ${NOTHING.status},
    statusDescription: 'Not Found',
    headers: headers,
    body: { encoding: 'text', data: ${JSON.stringify(problemJson(NOTHING, '$id'))}.split('$id').join(id) },
  };
}
`;
