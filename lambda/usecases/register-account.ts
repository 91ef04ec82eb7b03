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
import { admitTry, REGISTRATION_POLICY, type RevocableTry } from './throttle.ts';

/** The MAC key that indexes e-mails, whatever number new wraps use. */
export const EMAIL_MAC_KEY = 1;
/** Times that a registration may meet another transaction at work on its rows. */
const TRIES = 5;
/** Of these, those that take their source's count back as well. Where a crowd registers from one source, that is done apart. */
const SETTLING_TRIES = 2;

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
 * 1. Refuse a source that has to wait, then check the password. 2. Count the try against its source, and wrap the DEK for
 * the session meanwhile. 3. Look for the e-mail while the DEK is wrapped under the password. 4. Write index, account,
 * manifest and session, and take the count back, in one transaction.
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
  try {
    const begin = await admitTry(env, 'registration', sourceOf(caller.sourceIp), REGISTRATION_POLICY);
    await requireStrong(env, password, email);
    const attempt = begin();
    try {
      return await create(env, email, password, caller, attempt);
    } catch (error) {
      const exists = error instanceof TwinlockError && error.code === 'account_exists';
      // It may be under way still.
      if (!exists) await (await attempt.catch(() => null))?.giveBack();
      throw error;
    }
  } finally {
    password.wipe();
  }
}

async function create(
  env: AccountEnvironment,
  email: string,
  password: PreparedPassword,
  caller: Caller,
  attempt: Promise<RevocableTry>,
): Promise<NewAccount> {
  const now = env.clock();
  const owner = { accountId: newId<AccountId>(now, env.random(10)), dekVersion: 1 };
  const dek = new SecretBytes(env.random(32));
  const keys = new VaultKeys(dek, owner.accountId, owner.dekVersion, env.random);
  try {
    const looking = env.keys.mac(EMAIL_MAC_KEY, emailMessage(email)).then(async (mac) => {
      return { mac, taken: await env.store.get({ kind: 'email', mac }) };
    });
    const [counted, { mac: emailMac, taken }, passwordWrap, { row, session }] = await Promise.all([
      attempt,
      looking,
      // Nothing is hashed before the try is counted.
      attempt.then(() => wrapUnderPassword(env, owner, password, dek)),
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
      const settles = tries < SETTLING_TRIES;
      const result = await env.store.commit([
        { op: 'put', row: { kind: 'email', mac: emailMac, accountId: owner.accountId }, replaces: null },
        { op: 'put', row: account, replaces: null },
        { op: 'put', row: manifest, replaces: null },
        ...entered.changes,
        ...firstSource(env, emailMac, caller),
        ...(settles ? await counted.takenBack() : []),
      ]);
      if (result.ok) {
        if (!settles) await counted.giveBack();
        return { accountId: owner.accountId, session };
      }
      if (result.failed.includes(0)) throw new TwinlockError('account_exists');
      await env.sleep(20 * (tries + 1));
    }
    throw new UnavailableError('dynamodb:TransactWriteItems');
  } finally {
    keys.wipe();
    dek.wipe();
  }
}
