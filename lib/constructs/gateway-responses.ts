import { type GatewayResponseOptions, ResponseType } from 'aws-cdk-lib/aws-apigateway';
import {
  EXPOSED_HEADERS,
  FIXED_HEADERS,
  GATEWAY_PROBLEMS,
  type GatewayProblem,
  problemJson,
} from '../../lambda/http/route-list.ts';

/**
 * What API Gateway answers by itself, in the shape and with the headers of the service's own errors.
 *
 * @param origin the one origin whose pages may read these answers, since their headers are fixed texts; undefined: none
 */
export function gatewayResponses(
  origin: string | undefined,
): (GatewayResponseOptions & { readonly type: ResponseType })[] {
  return Object.entries<GatewayProblem>(GATEWAY_PROBLEMS).map(([type, problem]) => ({
    type: ResponseType.of(type),
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
    templates: { 'application/json': problemJson(problem, '$context.requestId') },
  }));
}

/** API Gateway tells fixed texts from mapped ones by single quotes. */
function quoted(headers: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, `'${value}'`]));
}
