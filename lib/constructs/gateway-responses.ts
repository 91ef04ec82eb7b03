import { type GatewayResponseOptions, ResponseType } from 'aws-cdk-lib/aws-apigateway';
import { EXPOSED_HEADERS, FIXED_HEADERS, FORBIDDEN } from '../../lambda/http/route-list.ts';

/** One kind of answer that API Gateway gives by itself, as a problem of RFC 9457. */
interface GatewayProblem {
  readonly type: ResponseType;
  readonly status: number;
  readonly code: string;
  readonly title: string;
  readonly detail: string;
  /** Seconds. */
  readonly retryAfter?: number;
}

// `bad_request`, `bad_gateway` and `gateway_timeout` are the gateway's alone; the functions give the others too, `forbidden`
// by lambda/http/edge.ts.
const PROBLEMS: readonly GatewayProblem[] = [
  {
    // The gateway's name for a path that it doesn't know; no call of this API asks for an AWS signature.
    type: ResponseType.MISSING_AUTHENTICATION_TOKEN,
    status: 404,
    code: 'not_found',
    title: 'Not found',
    detail: 'There is nothing here.',
  },
  {
    type: ResponseType.RESOURCE_NOT_FOUND,
    status: 404,
    code: 'not_found',
    title: 'Not found',
    detail: 'There is nothing here.',
  },
  { type: ResponseType.ACCESS_DENIED, ...FORBIDDEN },
  { type: ResponseType.WAF_FILTERED, ...FORBIDDEN },
  {
    type: ResponseType.REQUEST_TOO_LARGE,
    status: 413,
    code: 'payload_too_large',
    title: 'Payload too large',
    detail: 'The body is larger than this call takes.',
  },
  {
    type: ResponseType.UNSUPPORTED_MEDIA_TYPE,
    status: 415,
    code: 'unsupported_media_type',
    title: 'Unsupported media type',
    detail: 'The content type is not one that this call takes.',
  },
  {
    type: ResponseType.THROTTLED,
    status: 429,
    code: 'too_many_attempts',
    title: 'Too many attempts',
    detail: 'Too many calls at once. Try again later.',
    retryAfter: 1,
  },
  {
    type: ResponseType.QUOTA_EXCEEDED,
    status: 429,
    code: 'too_many_attempts',
    title: 'Too many attempts',
    detail: 'Too many calls. Try again later.',
    retryAfter: 60,
  },
  {
    type: ResponseType.INTEGRATION_FAILURE,
    status: 502,
    code: 'bad_gateway',
    title: 'Bad gateway',
    detail: 'The service gave no answer. The request may be sent again.',
    retryAfter: 1,
  },
  {
    type: ResponseType.INTEGRATION_TIMEOUT,
    status: 504,
    code: 'gateway_timeout',
    title: 'Gateway timeout',
    detail: 'The service did not answer in time. The request may be sent again.',
    retryAfter: 5,
  },
  {
    type: ResponseType.DEFAULT_4XX,
    status: 400,
    code: 'bad_request',
    title: 'Bad request',
    detail: 'The request is malformed.',
  },
  {
    type: ResponseType.DEFAULT_5XX,
    status: 500,
    code: 'internal_error',
    title: 'Internal error',
    detail: 'Something went wrong.',
  },
];

/**
 * What API Gateway answers by itself, in the shape and with the headers of the service's own errors.
 *
 * @param origin the one origin whose pages may read these answers, since their headers are fixed texts; undefined: none
 */
export function gatewayResponses(
  origin: string | undefined,
): (GatewayResponseOptions & { readonly type: ResponseType })[] {
  return PROBLEMS.map((problem) => ({
    type: problem.type,
    statusCode: String(problem.status),
    responseHeaders: {
      'x-request-id': 'context.requestId',
      ...quoted({
        'content-type': 'application/problem+json',
        ...FIXED_HEADERS,
        ...(problem.retryAfter === undefined ? {} : { 'retry-after': String(problem.retryAfter) }),
        ...(origin === undefined
          ? {}
          : {
              'access-control-allow-origin': origin,
              'access-control-expose-headers': EXPOSED_HEADERS.join(', '),
              vary: 'Origin',
            }),
      }),
    },
    templates: { 'application/json': body(problem) },
  }));
}

function body({ code, title, status, detail }: GatewayProblem): string {
  return JSON.stringify({
    type: `urn:problem:${code}`,
    title,
    status,
    code,
    detail,
    requestId: '$context.requestId',
  });
}

/** API Gateway tells fixed texts from mapped ones by single quotes. */
function quoted(headers: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, `'${value}'`]));
}
