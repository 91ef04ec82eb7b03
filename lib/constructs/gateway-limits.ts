import { Duration } from 'aws-cdk-lib';
import { EndpointAccessMode, SecurityPolicy } from 'aws-cdk-lib/aws-apigateway';

/** The stage's name stands first in every path of the contract. */
export const STAGE = 'v1';

/** TLS 1.3 and 1.2 with forward secrecy, for the host's own name alone; by default API Gateway takes 1.0. */
export const TLS = {
  securityPolicy: SecurityPolicy.TLS13_1_2_PFS_PQ_2025_09,
  endpointAccessMode: EndpointAccessMode.STRICT,
} as const;

/** The longest that the gateway waits for an answer that comes whole. */
export const ANSWER_TIMEOUT = Duration.seconds(29);

/** How long such a function runs: one that can't end is stopped, its cold start counted, before its caller is told so. */
export const CALL_TIMEOUT = Duration.seconds(26);

/**
 * The longest that the gateway streams and that a function runs. An export takes 180 MiB, and Lambda gives 2 MB a second.
 */
export const STREAM_TIMEOUT = Duration.minutes(15);
