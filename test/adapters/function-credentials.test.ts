import { afterEach, describe, expect, it } from '@jest/globals';
import { defaultProvider } from '../../lambda/adapters/function-credentials.ts';

const NAMES = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN'] as const;
const before = Object.fromEntries(NAMES.map((name) => [name, process.env[name]]));

function set(values: readonly (string | undefined)[]): void {
  for (const [place, name] of NAMES.entries()) {
    const value = values[place];
    if (value === undefined) Reflect.deleteProperty(process.env, name);
    else process.env[name] = value;
  }
}

afterEach(() => {
  set(NAMES.map((name) => before[name]));
});

describe("a function's credentials", () => {
  it('are those of its environment, with the session that they belong to', async () => {
    set(['invented-id', 'invented-secret', 'invented-session']);
    expect(await defaultProvider()()).toEqual({
      accessKeyId: 'invented-id',
      secretAccessKey: 'invented-secret',
      sessionToken: 'invented-session',
    });
  });

  it('need no session', async () => {
    set(['invented-id', 'invented-secret']);
    expect(await defaultProvider()()).toEqual({ accessKeyId: 'invented-id', secretAccessKey: 'invented-secret' });
  });

  it.each([
    ['an id', [undefined, 'invented-secret']],
    ['a secret', ['invented-id', undefined]],
    ['an id that is not empty', ['', 'invented-secret']],
  ])('are refused without %s', async (_what, values) => {
    set(values);
    await expect(defaultProvider()()).rejects.toThrow('the environment has no credentials');
  });
});
