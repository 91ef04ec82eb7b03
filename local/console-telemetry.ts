import type { Telemetry } from '../lambda/ports/system.ts';

/** A line a request for whoever sits before it, and what went wrong, by the same allow-list as on AWS. */
export function consoleTelemetry(): Telemetry {
  return {
    info: (message, { method, route, status, durationMs } = {}) => {
      console.log(message === 'request' ? `${method} ${route} ${status} ${durationMs} ms` : message);
    },
    error: (message, { requestId, code, error } = {}) => {
      console.error(`${message} ${code ?? ''} ${requestId ?? ''} ${error?.message ?? error?.name ?? ''}`);
      if (error?.stack !== undefined) console.error(error.stack);
    },
    count: () => undefined,
    measure: () => undefined,
  };
}
