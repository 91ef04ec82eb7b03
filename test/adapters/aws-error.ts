/** An error as the SDK throws it. */
export function awsError(name: string, metadata: { attempts?: number; httpStatusCode?: number } = {}): Error {
  const error = Object.assign(new Error(`${name} from the cloud`), { $metadata: { attempts: 1, ...metadata } });
  error.name = name;
  return error;
}

/** The failures that no caller can mend, beyond the SDK's retries. */
export const OUTAGES: readonly (readonly [string, Error])[] = [
  ['throttling', awsError('ThrottlingException', { attempts: 3, httpStatusCode: 400 })],
  ['a fault inside', awsError('InternalServerError', { attempts: 3, httpStatusCode: 500 })],
  ['a timeout', awsError('TimeoutError', { attempts: 3 })],
  ['a broken connection', Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' })],
  ['a missing right', awsError('AccessDeniedException', { httpStatusCode: 400 })],
  ['missing credentials', awsError('CredentialsProviderError')],
];
