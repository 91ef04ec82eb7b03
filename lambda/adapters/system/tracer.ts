import { randomBytes } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import { isIPv4 } from 'node:net';
import type { CallObserver, CloudCall } from '../cloud-calls.ts';

/** Stands before each document that the daemon takes (X-Ray Developer Guide, "Sending trace data"). */
const HEADER = '{"format":"json","version":1}\n';

const NAMES = { dynamodb: 'DynamoDB', kms: 'KMS', s3: 'S3' } as const satisfies Record<CloudCall['service'], string>;

/** Where the daemon listens, and whose trace a call belongs to, as Lambda tells a function. */
export interface TraceVariables {
  readonly AWS_XRAY_DAEMON_ADDRESS?: string | undefined;
  /** Set anew by the runtime for each run, of which a function has one at a time. */
  readonly _X_AMZN_TRACE_ID?: string | undefined;
}

/**
 * Makes a subsegment of each call within a traced request: the service, the operation, two times and how it ended, and
 * nothing else. It is sent to the X-Ray daemon as the call ends, and may be lost where the function is frozen just then.
 *
 * @param variables read at each call
 */
export function createTracer(variables: TraceVariables): CallObserver {
  let socket: Socket | null = null;
  return (call) => {
    const daemon = daemonOf(variables.AWS_XRAY_DAEMON_ADDRESS ?? '');
    const parent = parentOf(variables._X_AMZN_TRACE_ID ?? '');
    if (daemon === null || parent === null) return;
    try {
      socket ??= open();
      // A failure is told to the callback, and without one to whoever listens to the socket.
      socket.send(HEADER + JSON.stringify(subsegment(call, parent)), daemon.port, daemon.host, () => undefined);
    } catch {
      // A trace must never change what the user gets.
    }
  };
}

/** A subsegment as X-Ray reads it (X-Ray Developer Guide, "Segment documents"). */
function subsegment({ service, operation, startedAt, durationMs, outcome }: CloudCall, parent: Parent): object {
  return {
    type: 'subsegment',
    id: randomBytes(8).toString('hex'),
    trace_id: parent.root,
    parent_id: parent.id,
    name: NAMES[service],
    namespace: 'aws',
    start_time: startedAt / 1000,
    end_time: (startedAt + durationMs) / 1000,
    aws: { operation },
    ...(outcome === 'failed' ? { fault: true } : {}),
    ...(outcome === 'ok' || outcome === 'failed' ? {} : { error: true }),
    ...(outcome === 'throttled' ? { throttle: true } : {}),
  };
}

interface Parent {
  readonly root: string;
  readonly id: string;
}

/** The segment that a call belongs to; null where the request is not traced. */
function parentOf(header: string): Parent | null {
  const root = /(?:^|;)Root=(1-[0-9a-f]{8}-[0-9a-f]{24})(?:;|$)/.exec(header)?.[1];
  const id = /(?:^|;)Parent=([0-9a-f]{16})(?:;|$)/.exec(header)?.[1];
  const isSampled = /(?:^|;)Sampled=1(?:;|$)/.test(header);
  return isSampled && root !== undefined && id !== undefined ? { root, id } : null;
}

function daemonOf(address: string): { readonly host: string; readonly port: number } | null {
  const [, host = '', port = ''] = /^([\d.]+):(\d{1,5})$/.exec(address) ?? [];
  return isIPv4(host) ? { host, port: Number(port) } : null;
}

function open(): Socket {
  const socket = createSocket('udp4');
  socket.on('error', () => undefined);
  // It must not keep a process up.
  socket.unref();
  return socket;
}
