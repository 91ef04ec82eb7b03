import { randomUUID } from 'node:crypto';
import type { Server } from 'node:http';
import { GATEWAY_PROBLEMS, problemJson } from '../lambda/http/route-list.ts';

/** What API Gateway answers by itself to a target or host that is none. */
export function badRequest(): Response {
  const { headers, body } = answer();
  return new Response(body, { status: 400, headers });
}

/** Lets a server answer so to what is no HTTP, and take for a plain request what expects more than `100-continue`. */
export function refuseMalformed(server: Server): void {
  server.on('clientError', (error, socket) => {
    // An answer that is on its way must not get another one into it.
    if (socket.writable && 'bytesWritten' in socket && socket.bytesWritten === 0) {
      const { headers, body } = answer();
      const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
      socket.write(`HTTP/1.1 400 Bad Request\r\n${lines.join('')}\r\n${body}`);
    }
    socket.destroy(error);
  });
  server.on('checkExpectation', (request, response) => server.emit('request', request, response));
}

function answer() {
  const requestId = randomUUID();
  const body = problemJson(GATEWAY_PROBLEMS.DEFAULT_4XX, requestId);
  const headers = {
    'content-type': 'application/problem+json',
    'content-length': String(body.length),
    'x-request-id': requestId,
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    connection: 'close',
  };
  return { headers, body };
}
