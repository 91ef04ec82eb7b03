import { SecretBytes } from '../crypto/bytes.ts';
import { newManifest, withSession } from '../crypto/manifest.ts';
import { emailMessage, type PasswordKind, type PreparedPassword, preparePassword } from '../crypto/password.ts';
import { VaultKeys } from '../crypto/vault-keys.ts';
import { requireEmail } from '../domain/email.ts';
import { type AccountId, newId } from '../domain/ids.ts';
import type { AccountRow, Profile } from '../domain/records.ts';
import { sourceOf } from '../domain/source.ts';
import { TwinlockError, UnavailableError } from '../errors.ts';
import type { AccountEnvironment } from './environment.ts';
import { firstSource } from './guess-counter.ts';
import { type Caller, Journal } from './journal.ts';
import { toJson } from './json.ts';
import { sealManifest } from './manifest-row.ts';
import { countOutcome } from './outcome.ts';
import { requireStrong, wrapUnderPassword } from './password-wrap.ts';
import { makeSession, type NewSession } from './sessions.ts';
import { beginTry, REGISTRATION_POLICY } from './throttle.ts';

/** The MAC key that indexes e-mails, whatever number new wraps use. */
export const EMAIL_MAC_KEY = 1;
/** Times that a registration may meet another transaction at work on its rows. */
const TRIES = 5;

/** What an account is made from. */
export interface Registration {
  readonly email: string;
  readonly password: string;
  /** Undefined: plain. */
  readonly passwordKind?: PasswordKind | undefined;
}

export interface NewAccount {
  readonly accountId: AccountId;
  readonly session: NewSession;
}

/**
 * Makes an account, its empty vault and its first session.
 *
 * 1. Check e-mail and password. 2. Count the try against its source. 3. Look for the e-mail while the DEK is wrapped
 * under the password. 4. Make the session. 5. Write index, account, manifest and session in one transaction.
 *
 * @throws InvalidRequestError `invalid_request` or `password_too_weak`; TwinlockError `account_exists`;
 * TooManyAttemptsError for a source that met too many accounts
 */
export async function registerAccount(
  env: AccountEnvironment,
  input: Registration,
  caller: Caller,
): Promise<NewAccount> {
  return countOutcome(env, 'Registration', () => register(env, input, caller));
}

async function register(env: AccountEnvironment, input: Registration, caller: Caller): Promise<NewAccount> {
  const email = requireEmail(input.email);
  const password = preparePassword(input.password, input.passwordKind);
  let exists = false;
  const attempt = await beginTry(env, 'registration', sourceOf(caller.sourceIp), REGISTRATION_POLICY);
  try {
    await requireStrong(env, password, email);
    return await create(env, email, password, caller);
  } catch (error) {
    exists = error instanceof TwinlockError && error.code === 'account_exists';
    throw error;
  } finally {
    password.wipe();
    if (!exists) await attempt.giveBack();
  }
}

async function create(
  env: AccountEnvironment,
  email: string,
  password: PreparedPassword,
  caller: Caller,
): Promise<NewAccount> {
  const now = env.clock();
  const owner = { accountId: newId<AccountId>(now, env.random(10)), dekVersion: 1 };
  const dek = new SecretBytes(env.random(32));
  const keys = new VaultKeys(dek, owner.accountId, owner.dekVersion, env.random);
  try {
    const looking = env.keys.mac(EMAIL_MAC_KEY, emailMessage(email)).then(async (mac) => {
      return { mac, taken: await env.store.get({ kind: 'email', mac }) };
    });
    const [{ mac: emailMac, taken }, passwordWrap, { row, session }] = await Promise.all([
      looking,
      wrapUnderPassword(env, owner, password, dek),
      makeSession(env, { ...owner, epoch: 1 }, keys, dek, caller),
    ]);
    if (taken !== null) throw new TwinlockError('account_exists');
    const activityKey = env.random(32);
    const profile: Profile = {
      email,
      createdAt: now,
      passwordChangedAt: now,
      activityKey: Buffer.from(activityKey).toString('base64'),
    };
    const account: AccountRow = {
      kind: 'account',
      ...owner,
      emailMac,
      epoch: 1,
      version: 1,
      passwordWrap,
      profile: keys.seal('profile', owner.accountId, 1, toJson(profile)),
      profileVersion: 1,
    };
    const entered = new Journal(env, caller, row, false).enter({ action: 'account.registered' }, keys, activityKey, 1);
    const manifest = sealManifest(keys, withSession(newManifest(account), entered.row, false, now));
    for (let tries = 0; tries < TRIES; tries++) {
      const result = await env.store.commit([
        { op: 'put', row: { kind: 'email', mac: emailMac, accountId: owner.accountId }, replaces: null },
        { op: 'put', row: account, replaces: null },
        { op: 'put', row: manifest, replaces: null },
        ...entered.changes,
        ...firstSource(env, emailMac, caller),
      ]);
      if (result.ok) return { accountId: owner.accountId, session };
      if (result.failed.includes(0)) throw new TwinlockError('account_exists');
      await env.sleep(20 * (tries + 1));
    }
    throw new UnavailableError('dynamodb:TransactWriteItems');
  } finally {
    keys.wipe();
    dek.wipe();
  }
}
