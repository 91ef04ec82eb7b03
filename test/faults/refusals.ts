import { Readable } from 'node:stream';
import { HttpResponse } from '@smithy/core/protocols';
import type { ServiceName } from './gate.ts';

/** Transactions of the service have fewer rows. */
const MOST_ROWS = 100;

/** How each service says that it is asked for too much. */
export function throttled(service: ServiceName): HttpResponse {
  switch (service) {
    case 'dynamodb':
      return json(400, 'com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException');
    case 'kms':
      return json(400, 'ThrottlingException');
    case 's3':
      return xml(503, 'SlowDown');
  }
}

/** How each service says that it failed. */
export function failed(service: ServiceName): HttpResponse {
  switch (service) {
    case 'dynamodb':
      return json(500, 'com.amazonaws.dynamodb.v20120810#InternalServerError');
    case 'kms':
      return json(500, 'KMSInternalException');
    case 's3':
      return xml(500, 'InternalError');
  }
}

/** How DynamoDB says that another transaction is at work on a row: the emulator never does. */
export function conflict(operation: string): HttpResponse {
  const name = (type: string) => `com.amazonaws.dynamodb.v20120810#${type}`;
  if (!operation.startsWith('Transact')) return json(400, name('TransactionConflictException'));
  const reasons = Array.from({ length: MOST_ROWS }, (_, i) => ({ Code: i === 0 ? 'TransactionConflict' : 'None' }));
  return json(400, name('TransactionCanceledException'), { CancellationReasons: reasons });
}

function json(statusCode: number, type: string, more: object = {}): HttpResponse {
  const body = JSON.stringify({ __type: type, message: 'refused by a test', ...more });
  return new HttpResponse({
    statusCode,
    headers: { 'content-type': 'application/x-amz-json-1.0' },
    body: stream(body),
  });
}

function xml(statusCode: number, code: string): HttpResponse {
  const body = `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code><Message>refused by a test</Message></Error>`;
  return new HttpResponse({ statusCode, headers: { 'content-type': 'application/xml' }, body: stream(body) });
}

function stream(text: string): Readable {
  return Readable.from([Buffer.from(text)], { objectMode: false });
}
