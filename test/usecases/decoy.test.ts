import { describe, expect, it } from '@jest/globals';
import { SecretBytes } from '../../lambda/crypto/bytes.ts';
import { VaultKeys } from '../../lambda/crypto/vault-keys.ts';
import { DECOY } from '../../lambda/usecases/decoy.ts';
import { PASSWORD, verdict } from '../fixtures/app.ts';
import { rowName } from '../fixtures/memory-vault-store.ts';
import {
  type AccountsApp,
  accountRow,
  atOnce,
  createAccountsApp,
  ELSEWHERE,
  EMAIL,
  eachFault,
  hookAll,
  inTurn,
  manifestRow,
  passwordHeader,
  prepared,
  rowsOf,
  signIn,
  throttles,
  traced,
  UNKNOWN,
  WRONG,
  zeroed,
} from './support.ts';

const REFUSED = '401 invalid_credentials';

/** A fresh e-mail at each call, all of one length. */
function strangers(): () => string {
  let count = 0;
  return () => `stranger${String(++count).padStart(3, '0')}@example.com`;
}

/** The versions of the decoy that ever stood, by their wraps, as long as `after` is called. */
function standing(app: AccountsApp): { readonly stood: Set<string>; readonly after: () => void } {
  const stood = new Set<string>();
  const after = () => {
    for (const { accountId, version, passwordWrap } of rowsOf(app, 'account')) {
      if (accountId === DECOY) stood.add(`${version} ${Buffer.from(passwordWrap).toString('hex')}`);
    }
  };
  return { stood, after };
}

const hashesOf = (app: AccountsApp) => app.hasher.calls.length;

describe('the decoy', () => {
  it('is made at the first unknown e-mail, with the deployment’s cost, suite and pepper, and kept', async () => {
    const app = createAccountsApp({ settings: { bcryptCost: 11, suite: 1, pepper: 2 } });
    await app.register();
    await signIn(app, WRONG);
    expect(rowsOf(app, 'account')).toHaveLength(1);
    expect(verdict(await signIn(app, WRONG, UNKNOWN))).toBe(REFUSED);
    await expect(passwordHeader(app, DECOY)).resolves.toMatchObject({ suite: 1, cost: 11, pepper: 2 });
    const made = accountRow(app, DECOY);
    expect(manifestRow(app, DECOY).revision).toBe(1);
    const next = strangers();
    expect(await inTurn(3, () => signIn(app, WRONG, next()))).toEqual(Array(3).fill(REFUSED));
    expect(accountRow(app, DECOY)).toEqual(made);
  });

  it('has no e-mail, no session and no known password', async () => {
    const app = createAccountsApp();
    await signIn(app, WRONG, UNKNOWN);
    expect([...app.store.rows.values()].map(({ kind }) => kind).sort()).toEqual(['account', 'manifest', 'throttle']);
    const next = strangers();
    for (const password of [PASSWORD, WRONG, 'x', ' ']) {
      expect(verdict(await signIn(app, password, next()))).toBe(REFUSED);
    }
    const secret = 'A'.repeat(43);
    const token = `tw1.${DECOY}.${DECOY}.${secret}`;
    expect(verdict(await app.call('GET /v1/account', { token }))).toBe('401 unauthenticated');
  });

  it('is one, whichever of many first uses wins, and all of them are answered', async () => {
    const app = createAccountsApp();
    const next = strangers();
    const { stood, after } = standing(app);
    const acts = Array.from({ length: 8 }, () => () => signIn(app, WRONG, next()));
    const answers = await atOnce(app, acts, { after });
    expect(answers.map(verdict)).toEqual(Array(8).fill(REFUSED));
    expect([stood.size, rowsOf(app, 'account').length]).toEqual([1, 1]);
    const hashes = hashesOf(app);
    expect(verdict(await signIn(app, WRONG, next()))).toBe(REFUSED);
    expect(hashesOf(app) - hashes).toBe(1);
  });

  it.each([
    ['cost', { bcryptCost: 12 }, { cost: 12, suite: 1, pepper: 1 }],
    ['suite', { suite: 2 }, { cost: 10, suite: 2, pepper: 1 }],
    ['pepper', { pepper: 2 }, { cost: 10, suite: 1, pepper: 2 }],
  ] as const)('is renewed once when the deployment’s %s rises, so that work stays alike', async (_, raised, header) => {
    const before = await prepared({ settings: { suite: 1 } });
    const after = createAccountsApp({ settings: { suite: 1, ...raised }, sharing: before });
    await signIn(after);
    const next = strangers();
    expect(verdict(await signIn(after, WRONG, next()))).toBe(REFUSED);
    await expect(passwordHeader(after, DECOY)).resolves.toMatchObject(header);
    const renewed = accountRow(after, DECOY);
    expect(renewed.version).toBe(2);
    const unknown = await traced(after, () => signIn(after, WRONG, next(), ELSEWHERE));
    expect(accountRow(after, DECOY)).toEqual(renewed);
    await signIn(after, PASSWORD, EMAIL);
    const known = await traced(after, () => signIn(after, WRONG, EMAIL, ELSEWHERE));
    // An e-mail's length shows in what its MAC is made of, and nowhere else.
    const plain = (calls: string[]) => calls.map((call) => call.replace(/(mac 1 of) \d+$/, '$1'));
    expect(plain(unknown)).toEqual(plain(known));
    expect(known).toContain(`hasher.tail of 64 at cost ${header.cost}`);
  });

  it('is never replaced by a weaker one', async () => {
    const strong = await prepared({ settings: { bcryptCost: 12, pepper: 2 } });
    const made = accountRow(strong, DECOY);
    const weak = createAccountsApp({ settings: { suite: 1 }, sharing: strong });
    expect(verdict(await signIn(weak, WRONG, strangers()()))).toBe(REFUSED);
    expect(accountRow(weak, DECOY)).toEqual(made);
  });

  it('is renewed by one of many that find it weak', async () => {
    const before = await prepared();
    const after = createAccountsApp({ settings: { bcryptCost: 11 }, sharing: before });
    const next = strangers();
    const { stood, after: watch } = standing(after);
    const acts = Array.from({ length: 6 }, () => () => signIn(after, WRONG, next()));
    const answers = await atOnce(after, acts, { after: watch });
    expect(answers.map(verdict)).toEqual(Array(6).fill(REFUSED));
    expect([...stood].map((one) => one.split(' ')[0])).toEqual(['1', '2']);
    expect(verdict(await signIn(after, WRONG, next()))).toBe(REFUSED);
  });

  it('has a profile that says nothing', async () => {
    const app = createAccountsApp();
    const { random } = app.env;
    const given: Uint8Array[] = [];
    const watch = (length: number): Uint8Array => {
      const bytes = random(length);
      given.push(bytes.slice());
      return bytes;
    };
    Object.assign(app.env, { random: watch });
    await signIn(app, WRONG, UNKNOWN);
    const [dek = new Uint8Array(0)] = given.filter(({ length }) => length === 32);
    const { version, profile } = accountRow(app, DECOY);
    const plain = new VaultKeys(new SecretBytes(dek), DECOY, 1, random).open('profile', DECOY, version, profile);
    const [createdAt, passwordChangedAt] = [app.time.now, app.time.now];
    expect(JSON.parse(Buffer.from(plain).toString())).toEqual({
      email: '',
      createdAt,
      passwordChangedAt,
      activityKey: '',
    });
  });

  it('leaves neither its DEK nor its recovery code in memory', async () => {
    const app = createAccountsApp();
    expect((await zeroed(app, () => signIn(app, WRONG, UNKNOWN))).sort()).toEqual([20, 32]);
  });

  it.each([
    [2, REFUSED, [20, 40]],
    [5, '503 temporarily_unavailable', [20, 40, 60, 80, 100]],
  ])('is waited for, longer each time, while other writers are at work on it: %i times', async (busy, due, waits) => {
    const app = createAccountsApp();
    const pauses: number[] = [];
    let times = 0;
    Object.assign(app.env, { sleep: (ms: number) => Promise.resolve(void pauses.push(ms)) });
    hookAll(app, {
      after: (name) => {
        if (!name.startsWith('store.commit put account') || times++ >= busy) return;
        for (const row of [accountRow(app, DECOY), manifestRow(app, DECOY)]) app.store.rows.delete(rowName(row));
      },
    });
    expect(verdict(await signIn(app, WRONG, UNKNOWN))).toBe(due);
    expect(pauses).toEqual(waits);
    const failed = app.telemetry.lines.filter(({ level }) => level === 'error');
    expect(failed.map(({ fields }) => fields.error?.message)).toEqual(busy < 5 ? [] : ['vault:decoy is unavailable']);
  });

  it('answers 503, uncounted, when the cloud fails while it is made, and is made by the next use', async () => {
    await eachFault(
      ['refused', 'answer lost'],
      () => Promise.resolve(createAccountsApp()),
      (app) => signIn(app, WRONG, UNKNOWN),
      async (app, answer, { name, fault }) => {
        expect(verdict(answer)).toBe('503 temporarily_unavailable');
        const raised = fault === 'answer lost' && name.startsWith('store.commit put throttle');
        expect(throttles(app).map(({ failures }) => failures)).toEqual(raised ? [1] : []);
        expect(verdict(await signIn(app, WRONG, UNKNOWN))).toBe(REFUSED);
        await expect(passwordHeader(app, DECOY)).resolves.toMatchObject({ cost: 10, suite: 2 });
      },
    );
  });
});
