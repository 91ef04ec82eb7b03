import { describe, expect, it } from '@jest/globals';
import type { AccountRow } from '../../lambda/domain/records.ts';
import type { VaultSettings } from '../../lambda/usecases/environment.ts';
import { type Answer, type MemoryApp, PASSWORD, verdict } from '../fixtures/app.ts';
import {
  type AccountsApp,
  accountRow,
  atOnce,
  createAccountsApp,
  eachFault,
  manifestRow,
  passwordHeader,
  rowsOf,
  signIn,
  traced,
  WRONG,
} from './support.ts';

type Strength = Pick<VaultSettings, 'bcryptCost' | 'suite' | 'pepper'>;

const WEAK: Strength = { bcryptCost: 10, suite: 1, pepper: 1 };
const STRONG: Strength = { bcryptCost: 11, suite: 2, pepper: 2 };

interface Deployments {
  readonly before: AccountsApp;
  readonly after: AccountsApp;
  readonly accountId: string;
  readonly token: string;
  readonly itemId: string;
}

/** An account with an item, made under one strength, and a deployment of another over the same cloud. */
async function deployed(first: Strength, second: Strength): Promise<Deployments> {
  const before = createAccountsApp({ settings: first });
  const { accountId, token } = await before.register();
  const itemId = await before.addItem(token, 'note', { text: 'older than the wrap' });
  return { before, after: createAccountsApp({ settings: second, sharing: before }), accountId, token, itemId };
}

async function strengthOf(app: MemoryApp, accountId: string): Promise<Strength> {
  const { cost, suite, pepper } = await passwordHeader(app, accountId);
  return { bcryptCost: cost, suite, pepper };
}

/** Whether a session reads what was stored, so that account row and manifest match. */
async function reads(app: MemoryApp, token: string, itemId: string): Promise<string> {
  return verdict(await app.call(`GET /v1/items/${itemId}`, { token }));
}

describe('a wrap weaker than the deployment asks for', () => {
  it.each([
    ['suite', WEAK, { ...WEAK, suite: 2 }, { ...WEAK, suite: 2 }],
    ['cost', WEAK, { ...WEAK, bcryptCost: 11 }, { ...WEAK, bcryptCost: 11 }],
    ['pepper', WEAK, { ...WEAK, pepper: 2 }, { ...WEAK, pepper: 2 }],
    ['all three', WEAK, STRONG, STRONG],
    [
      'cost, while the suite was lowered',
      { ...WEAK, suite: 2 },
      { ...WEAK, bcryptCost: 12 },
      { ...WEAK, bcryptCost: 12, suite: 2 },
    ],
    ['suite, while cost and pepper were lowered', { ...STRONG, suite: 1 }, { ...WEAK, suite: 2 }, STRONG],
  ] as [string, Strength, Strength, Strength][])(
    'is renewed at sign-in, stronger in part and weaker in none: by its %s',
    async (_, first, second, due) => {
      const { after, accountId, token, itemId } = await deployed(first, second);
      const old = accountRow(after, accountId);
      const answer = await signIn(after);
      expect(verdict(answer)).toBe('201');
      await expect(strengthOf(after, accountId)).resolves.toEqual(due);
      const renewed = accountRow(after, accountId);
      expect(renewed).toEqual({ ...old, version: 2, passwordWrap: renewed.passwordWrap });
      // The item, the sign-in, and the wrap.
      expect(manifestRow(after, accountId).revision).toBe(4);
      expect(await reads(after, token, itemId)).toBe('200');
      expect(await reads(after, answer.text('session.token'), itemId)).toBe('200');
      expect(after.telemetry.counts.get('UpgradeFailure')).toBeUndefined();
    },
  );

  it('is opened by the same password and no other, and renewed once', async () => {
    const { after, accountId } = await deployed(WEAK, STRONG);
    await signIn(after);
    const renewed = accountRow(after, accountId);
    const old = { ...(await passwordHeader(after, accountId)) };
    expect(verdict(await signIn(after, WRONG))).toBe('401 invalid_credentials');
    const calls = await traced(after, () => signIn(after));
    expect(calls.filter((call) => call.startsWith('hasher.'))).toEqual(['hasher.tail of 64 at cost 11']);
    expect(accountRow(after, accountId)).toEqual(renewed);
    await expect(passwordHeader(after, accountId)).resolves.toEqual(old);
  });

  it('has salts of its own', async () => {
    const { after, accountId } = await deployed(WEAK, STRONG);
    const old = await passwordHeader(after, accountId);
    await signIn(after);
    const renewed = await passwordHeader(after, accountId);
    for (const salt of ['bcryptSalt', 'preSalt', 'kekSalt'] as const) expect(renewed[salt]).not.toEqual(old[salt]);
  });

  it('is read back before it replaces the old one', async () => {
    const { after } = await deployed(WEAK, STRONG);
    const calls = await traced(after, () => signIn(after));
    const wrapped = calls.lastIndexOf('keys.wrap password of 176');
    const read = calls.lastIndexOf('keys.unwrap password of 204');
    const replaced = calls.indexOf('store.commit put account, put manifest');
    expect([wrapped < read, read < replaced]).toEqual([true, true]);
    expect(wrapped).toBeGreaterThan(0);
  });

  it('stays when a new one does not give the DEK back: an integrity failure', async () => {
    const { after, accountId } = await deployed(WEAK, STRONG);
    const old = accountRow(after, accountId);
    const wrap = after.keys.wrap.bind(after.keys);
    Object.assign(after.keys, {
      wrap: async (...[inner, context]: Parameters<typeof wrap>) => {
        const broken = Uint8Array.from(inner);
        if (context.purpose === 'password') broken[175] = (broken[175] ?? 0) ^ 1;
        return wrap(broken, context);
      },
    });
    expect(verdict(await signIn(after))).toBe('500 integrity_failure');
    expect(accountRow(after, accountId)).toEqual(old);
  });

  it('stays when the new one is read back as another password’s: an integrity failure', async () => {
    const { after, accountId } = await deployed(WEAK, STRONG);
    const old = accountRow(after, accountId);
    const tail = after.hasher.tail.bind(after.hasher);
    let strong = 0;
    Object.assign(after.env.hasher, {
      tail: (...[prehash, salt, cost]: Parameters<typeof tail>) =>
        tail(cost === 11 && ++strong === 2 ? prehash.toLowerCase() : prehash, salt, cost),
    });
    expect(verdict(await signIn(after))).toBe('500 integrity_failure');
    expect(strong).toBe(2);
    expect(accountRow(after, accountId)).toEqual(old);
  });

  it('is left alone by a wrong password', async () => {
    const { after, accountId } = await deployed(WEAK, STRONG);
    const old = accountRow(after, accountId);
    expect(verdict(await signIn(after, WRONG))).toBe('401 invalid_credentials');
    expect(accountRow(after, accountId)).toEqual(old);
  });
});

describe('a wrap stronger than the deployment asks for', () => {
  it.each([
    ['suite', { ...STRONG, suite: 1 }],
    ['cost', { ...STRONG, bcryptCost: 10 }],
    ['pepper', { ...STRONG, pepper: 1 }],
    ['all three', WEAK],
  ] as [string, Strength][])('is never replaced, be it in %s', async (_, lowered) => {
    const { after, accountId } = await deployed(STRONG, lowered);
    const old: AccountRow = accountRow(after, accountId);
    expect(verdict(await signIn(after))).toBe('201');
    expect(accountRow(after, accountId)).toEqual(old);
  });
});

describe('a renewal beside others', () => {
  it('is done by one of many sign-ins at once, and all of them open', async () => {
    const { after, accountId, itemId } = await deployed(WEAK, STRONG);
    let renewals = 0;
    const answers = await atOnce(
      after,
      Array<() => Promise<Answer>>(5).fill(() => signIn(after)),
      {
        before: (name) => {
          if (name === 'store.commit put account, put manifest') renewals++;
        },
      },
    );
    expect(answers.map(verdict)).toEqual(Array(5).fill('201'));
    // Whoever finds another's wrap in place of the one it read leaves it there.
    expect([renewals >= 1, renewals <= 5]).toEqual([true, true]);
    expect(accountRow(after, accountId).version).toBe(2);
    await expect(strengthOf(after, accountId)).resolves.toEqual(STRONG);
    for (const answer of answers) expect(await reads(after, answer.text('session.token'), itemId)).toBe('200');
  });

  it('is done over a write of the vault that came between', async () => {
    const { before, after, accountId, token, itemId } = await deployed(WEAK, STRONG);
    let written = '';
    after.store.hooks.before = async ({ op, args }) => {
      if (op !== 'commit' || written !== '' || !JSON.stringify(args).includes('passwordWrap')) return;
      if (JSON.stringify(args).includes('"check"')) return;
      written = 'begun';
      written = await before.addItem(token, 'note', { text: 'came between' });
    };
    const answer = await signIn(after);
    delete after.store.hooks.before;
    expect(written).toHaveLength(26);
    await expect(strengthOf(after, accountId)).resolves.toEqual(STRONG);
    for (const id of [itemId, written]) expect(await reads(after, answer.text('session.token'), id)).toBe('200');
  });
});

describe('a renewal that the cloud fails', () => {
  it('leaves the sign-in successful and the old wrap or the new one, and the next sign-in renews', async () => {
    const sound = await deployed(WEAK, WEAK);
    const plain = (await traced(sound.after, () => signIn(sound.after))).length;
    let token = '';
    let id = '';
    let judged = 0;
    await eachFault(
      ['refused', 'answer lost', 'crash'],
      async () => {
        const { after, token: first, itemId } = await deployed(WEAK, STRONG);
        [token, id] = [first, itemId];
        return after;
      },
      (app) => signIn(app),
      async (app, answer, { place, name, fault }) => {
        const accountId = rowsOf(app, 'account').map((row) => row.accountId)[0] ?? '';
        if (place < plain) expect(verdict(answer)).toBe('503 temporarily_unavailable');
        else {
          judged++;
          expect(verdict(answer)).toBe('201');
          const replaced = name === 'store.commit put account, put manifest' && fault !== 'refused';
          await expect(strengthOf(app, accountId)).resolves.toEqual(replaced ? STRONG : WEAK);
          expect(app.telemetry.counts.get('UpgradeFailure')).toBe(1);
          expect(await reads(app, answer.text('session.token'), id)).toBe('200');
        }
        expect(await reads(app, token, id)).toBe('200');
        const again = await signIn(app, PASSWORD);
        expect(verdict(again)).toBe('201');
        await expect(strengthOf(app, accountId)).resolves.toEqual(STRONG);
        expect(await reads(app, again.text('session.token'), id)).toBe('200');
      },
    );
    // Two hashes, wrap, unwrap, two MACs and one commit, each failing in three ways.
    expect(judged).toBe(3 * 7);
  });
});
