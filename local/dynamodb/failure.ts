import type { Failure } from 'dynalite/db/index.js';

/** Why the data folder can't be used: another process holds it, or it can't be written or read. */
export class DataFolderError extends Error {
  readonly code: 'folder_locked' | 'folder_unusable';

  constructor(code: DataFolderError['code'], path: string, options?: ErrorOptions) {
    super(
      code === 'folder_locked'
        ? `the data folder ${path} is in use by another process`
        : `the data folder ${path} can't be used`,
      options,
    );
    this.name = new.target.name;
    this.code = code;
  }
}

/** An answer of DynamoDB's own that says no, status 400. */
export function failure(type: string, message: string, more: Record<string, unknown> = {}): Failure {
  return Object.assign(new Error(message), {
    statusCode: 400,
    body: { __type: `com.amazonaws.dynamodb.v20120810#${type}`, message, ...more },
  });
}

export function invalid(message: string): Failure {
  return failure('ValidationException', message);
}

/** Whether an error is an answer rather than a fault. */
export function isFailure(error: unknown): error is Failure {
  return error instanceof Error && 'statusCode' in error && 'body' in error;
}

/** The name of a failure, without its namespace. */
export function failureName(error: Failure): string {
  return error.body.__type.replace(/^.*#/, '');
}
