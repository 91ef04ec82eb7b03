import { describe, expect, it } from '@jest/globals';
import {
  ExportTooLargeError,
  IntegrityError,
  InvalidRequestError,
  TooManyAttemptsError,
  TwinlockError,
  UnavailableError,
} from '../../lambda/errors.ts';
import { PROBLEMS, toProblem } from '../../lambda/http/problem.ts';

describe('toProblem', () => {
  it('answers in the shape of RFC 9457', () => {
    expect(toProblem(new TwinlockError('not_found', 'a text for the operator'), 'r-1')).toEqual({
      status: 404,
      headers: { 'content-type': 'application/problem+json' },
      body: {
        type: 'urn:problem:not_found',
        title: 'Not found',
        status: 404,
        code: 'not_found',
        detail: 'There is nothing here that this account can reach.',
        requestId: 'r-1',
      },
    });
  });

  it.each([
    [400, ['malformed_json']],
    [401, ['invalid_credentials', 'unauthenticated']],
    [403, ['reauthentication_required', 'wrong_password']],
    [404, ['not_found']],
    [405, ['method_not_allowed']],
    [
      409,
      [
        'account_exists',
        'export_too_large',
        'upload_incomplete',
        'upload_spent',
        'vault_full',
        'vault_rolled_back',
        'version_conflict',
      ],
    ],
    [412, ['precondition_failed']],
    [413, ['payload_too_large']],
    [415, ['unsupported_media_type']],
    [416, ['range_not_satisfiable']],
    [422, ['idempotency_key_reused', 'invalid_request', 'not_a_pdf', 'password_too_weak', 'unsupported_script']],
    [428, ['precondition_required']],
    [429, ['too_many_attempts']],
    [500, ['integrity_failure', 'internal_error']],
    [503, ['temporarily_unavailable']],
  ])('has with status %i the codes %j and no other', (status, codes) => {
    const found = Object.entries(PROBLEMS).filter(([, problem]) => problem.status === status);
    expect(found.map(([code]) => code).sort()).toEqual(codes);
  });

  it('lists the faults of a request, whatever its code', () => {
    const issues = [{ path: '/data/iban', message: 'is required' }];
    expect(toProblem(new InvalidRequestError(issues), 'r').body.errors).toEqual(issues);
    expect(toProblem(new InvalidRequestError(issues, 'password_too_weak'), 'r').body).toMatchObject({
      code: 'password_too_weak',
      errors: issues,
    });
    expect(toProblem(new InvalidRequestError([]), 'r').body).not.toHaveProperty('errors');
  });

  it('tells of an export that is too large how many parts there are', () => {
    expect(toProblem(new ExportTooLargeError(3), 'r').body).toMatchObject({ code: 'export_too_large', parts: 3 });
    expect(toProblem(new TwinlockError('vault_full'), 'r').body).not.toHaveProperty('parts');
  });

  it('names the challenge with every 401', () => {
    expect(toProblem(new TwinlockError('unauthenticated'), 'r').headers['www-authenticate']).toBe('Bearer');
    expect(toProblem(new TwinlockError('invalid_credentials'), 'r').headers['www-authenticate']).toBe('Bearer');
    expect(toProblem(new TwinlockError('wrong_password'), 'r').headers).not.toHaveProperty('www-authenticate');
  });

  it.each([
    [0, '1'],
    [0.2, '1'],
    [1.2, '2'],
    [900, '900'],
  ])('asks to wait whole seconds: %d is %s', (retryAfter, header) => {
    expect(toProblem(new TooManyAttemptsError(retryAfter), 'r').headers['retry-after']).toBe(header);
  });

  it('asks to wait where a service behind is down, without naming it', () => {
    const problem = toProblem(new UnavailableError('kms:Decrypt', { cause: new Error('arn') }), 'r');
    expect(problem.status).toBe(503);
    expect(problem.headers['retry-after']).toBe('1');
    expect(JSON.stringify(problem)).not.toMatch(/kms|arn/);
  });

  it('tells nothing of what failed its authentication', () => {
    const problem = toProblem(new IntegrityError('password wrap header'), 'r');
    expect(problem.body).toMatchObject({ status: 500, code: 'integrity_failure' });
    expect(JSON.stringify(problem)).not.toContain('wrap');
  });

  it.each([
    ['an error', new Error('secret')],
    [
      'an error with a code',
      Object.assign(new Error('secret'), { code: 'not_found', status: 404, issues: ['secret'] }),
    ],
    ['a text', 'secret'],
    ['nothing', undefined],
    ['null', null],
    ['an object', { code: 'not_found', detail: 'secret' }],
  ])('answers %s that was not foreseen with internal_error and nothing else', (_, error) => {
    const problem = toProblem(error, 'r-2');
    expect(problem).toEqual({
      status: 500,
      headers: { 'content-type': 'application/problem+json' },
      body: {
        type: 'urn:problem:internal_error',
        title: 'Internal error',
        status: 500,
        code: 'internal_error',
        detail: 'Something unforeseen went wrong. The operator can find it by the request id.',
        requestId: 'r-2',
      },
    });
  });
});
