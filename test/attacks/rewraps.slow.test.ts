import { GenerateMacCommand, ReEncryptCommand } from '@aws-sdk/client-kms';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { dynamoDbClient } from '../../lambda/adapters/aws-clients.ts';
import { moveAccountWraps, moveSessionWrap } from '../../lambda/adapters/dynamodb/rewrap.ts';
import { decodeRow, encodeRewraps } from '../../lambda/adapters/dynamodb/rows.ts';
import { encryptionContext, type WrapPurpose } from '../../lambda/crypto/context.ts';
import { rewrapMessage, wrapHash } from '../../lambda/crypto/rewrap.ts';
import type { AccountId, SessionId } from '../../lambda/domain/ids.ts';
import type { AccountRow, Rewrap, SessionRow, WrappedKey } from '../../lambda/domain/records.ts';
import { type Send, verdict } from '../fixtures/app.ts';
import { attacks } from './cases.ts';
import type { RawRow } from './service.ts';
import {
  altered,
  bytesOf,
  callsOf,
  each,
  type Holder,
  keysOf,
  meet,
  SETTING_MS,
  type Stage,
  setStage,
} from './stores.ts';

jest.setTimeout(600_000);

let stage: Stage;
let client: ReturnType<typeof dynamoDbClient>;
beforeAll(async () => {
  stage = await setStage(2);
  const { region, endpoints, credentials } = stage.cloud;
  client = dynamoDbClient({ region, endpoints, credentials });
}, SETTING_MS);
afterAll(async () => {
  client.destroy();
  await stage.close();
});
afterEach(() => stage.reset());

const target = () => ({ client, table: stage.cloud.table });
const PARTS = ['password', 'recovery'] as const;

async function accountOf({ accountId }: Holder): Promise<AccountRow> {
  const key = { kind: 'account', accountId: accountId as AccountId } as const;
  return decodeRow(key, await stage.table.get({ pk: `A#${accountId}`, sk: 'ACCOUNT' })) as AccountRow;
}

async function sessionOf({ accountId, sessionId }: Holder): Promise<SessionRow> {
  const key = { kind: 'session', accountId: accountId as AccountId, sessionId: sessionId as SessionId } as const;
  return decodeRow(key, await stage.table.get({ pk: `A#${accountId}`, sk: `S#${sessionId}` })) as SessionRow;
}

/** A wrap under another of the service's keys, as the operator makes it: KMS opens it and wraps it again. @param to from 1 */
async function reEncrypted(of: Holder, purpose: WrapPurpose, wrap: Uint8Array, to: number): Promise<WrappedKey> {
  const context = encryptionContext({ purpose, accountId: of.accountId as AccountId, dekVersion: 1 });
  const input = { SourceEncryptionContext: context, DestinationEncryptionContext: context };
  const command = new ReEncryptCommand({
    ...input,
    CiphertextBlob: wrap,
    DestinationKeyId: stage.cloud.wrapKeyArns[to - 1],
  });
  return ((await stage.kms.send(command)).CiphertextBlob ?? new Uint8Array(0)) as WrappedKey;
}

/** The record that one wrap took the place of another. */
async function recorded(row: AccountRow, part: Rewrap['part'], before: Uint8Array, after: Uint8Array): Promise<Rewrap> {
  const Message = rewrapMessage(part, row, before, wrapHash(after));
  const input = { KeyId: stage.cloud.macKeyArn, MacAlgorithm: 'HMAC_SHA_256', Message } as const;
  const { Mac = new Uint8Array(0) } = await stage.kms.send(new GenerateMacCommand(input));
  return { part, before, mac: Mac };
}

/** Moves an account's wraps as the operator does, and what is known of earlier ones with them. */
async function move(of: Holder, to = 1): Promise<boolean> {
  const row = await accountOf(of);
  const { recovery, passwordWrap: wrap } = row;
  if (recovery === undefined) throw new Error('the account has no recovery code');
  const [passwordWrap, recoveryWrap] = await Promise.all([
    reEncrypted(of, 'password', wrap, to),
    reEncrypted(of, 'recovery', recovery.wrap, to),
  ]);
  const after = { password: passwordWrap, recovery: recoveryWrap };
  const known = [
    ...(row.rewraps ?? []),
    { part: 'password', before: wrapHash(wrap) } as const,
    { part: 'recovery', before: wrapHash(recovery.wrap) } as const,
  ];
  const rewraps = await Promise.all(known.map(({ part, before }) => recorded(row, part, before, after[part])));
  return moveAccountWraps(target(), row, { passwordWrap, recoveryWrap, rewraps });
}

const call = async (one: readonly [string, Send]) => verdict(await stage.call(...one));

describe('wraps that the operator moved to another key', () => {
  it('open as before to password, session and recovery code', async () => {
    expect(await move(stage.owner)).toBe(true);
    const session = await sessionOf(stage.owner);
    expect(await moveSessionWrap(target(), session, await reEncrypted(stage.owner, 'session', session.wrap, 1))).toBe(
      true,
    );
    const { account, person, content, signIn, recover } = callsOf(stage.owner);
    for (const one of [account, person, content]) expect(await call(one)).toBe('200');
    expect(await call(signIn)).toBe('201');
    expect(await call(recover)).toBe('201');
    expect(stage.telemetry.counts.get('IntegrityFailure') ?? 0).toBe(0);
  });

  it('may be moved again, whether the vault was written meanwhile or not', async () => {
    const { account, note } = { ...callsOf(stage.owner), note: stage.owner.note };
    for (const to of [1, 2, 1]) expect(await move(stage.owner, to)).toBe(true);
    expect(await call(account)).toBe('200');
    // The manifest knows this wrap from here on, and the records are of others.
    expect(await call([`DELETE /v1/items/${note}`, { token: stage.owner.token, headers: { 'if-match': '"1"' } }])).toBe(
      '204',
    );
    expect(await move(stage.owner, 2)).toBe(true);
    expect(await call(account)).toBe('200');
    expect(await call(callsOf(stage.owner).signIn)).toBe('201');
  });

  it('leave no record behind where the account is written next', async () => {
    await move(stage.owner);
    const body = { currentPassword: stage.owner.password, newPassword: 'nine paper boats drift' };
    expect(await call(['PUT /v1/account/password', { token: stage.owner.token, body }])).toBe('204');
    expect((await accountOf(stage.owner)).rewraps).toBeUndefined();
    expect(await call(callsOf(stage.owner).account)).toBe('200');
  });

  it('are not put in the place of ones that changed meanwhile', async () => {
    const [row, session] = [await accountOf(stage.owner), await sessionOf(stage.owner)];
    await move(stage.owner);
    const wrap = await reEncrypted(stage.owner, 'password', row.passwordWrap, 1);
    expect(await moveAccountWraps(target(), row, { passwordWrap: wrap, rewraps: [] })).toBe(false);
    expect(await moveSessionWrap(target(), { ...session, epoch: 2 }, session.wrap)).toBe(false);
    await stage.table.remove(keysOf(stage.owner).session, keysOf(stage.owner).account);
    expect(await moveSessionWrap(target(), session, session.wrap)).toBe(false);
    expect(await moveAccountWraps(target(), row, { passwordWrap: wrap, rewraps: [] })).toBe(false);
  });
});

/** Puts other attributes into the owner's account row, and asks for the account. */
async function planted(changes: (row: RawRow) => Promise<Parameters<typeof altered>[1]>): Promise<string> {
  const row = await stage.table.get(keysOf(stage.owner).account);
  await stage.table.put(altered(row, await changes(row)));
  return meet(stage, callsOf(stage.owner).account);
}

const ATTRIBUTES = { password: 'passwordWrap', recovery: 'recoveryWrap' } as const;
const B = (bytes: Uint8Array) => ({ B: bytes });

/** Plants a wrap in each place in turn, and what these records say of it. */
const eachPart = (
  made: (
    part: (typeof PARTS)[number],
    row: AccountRow,
    wrap: Buffer,
  ) => Promise<{ wrap: Uint8Array; rewraps: readonly Rewrap[] }>,
) =>
  each(
    stage,
    PARTS.map(
      (part) => () =>
        planted(async (row) => {
          const { wrap, rewraps } = await made(part, await accountOf(stage.owner), bytesOf(row, ATTRIBUTES[part]));
          return { [ATTRIBUTES[part]]: B(wrap), rewraps: B(encodeRewraps(rewraps)) };
        }),
    ),
  );

attacks('Wraps that were moved to another key', {
  'moved-without-a-record': () =>
    eachPart(async (part, _, wrap) => ({ wrap: await reEncrypted(stage.owner, part, wrap, 1), rewraps: [] })),
  'moved-with-a-forged-record': () =>
    eachPart(async (part, _, wrap) => ({
      wrap: await reEncrypted(stage.owner, part, wrap, 1),
      rewraps: [{ part, before: wrapHash(wrap), mac: new Uint8Array(32) }],
    })),
  'moved-with-the-record-of-another-account': () =>
    eachPart(async (part, _, wrap) => {
      const other = await accountOf(stage.other);
      const after = await reEncrypted(stage.owner, part, wrap, 1);
      return { wrap: after, rewraps: [await recorded(other, part, wrapHash(wrap), after)] };
    }),
  'moved-with-the-record-of-the-other-part': () =>
    eachPart(async (part, row, wrap) => {
      const after = await reEncrypted(stage.owner, part, wrap, 1);
      const record = await recorded(row, part === 'password' ? 'recovery' : 'password', wrapHash(wrap), after);
      return { wrap: after, rewraps: [record, { ...record, part }] };
    }),
  'another-wrap-under-a-true-record': () =>
    eachPart(async (part, row, wrap) => {
      const [after, another] = [
        await reEncrypted(stage.owner, part, wrap, 1),
        await reEncrypted(stage.owner, part, wrap, 1),
      ];
      return { wrap: another, rewraps: [await recorded(row, part, wrapHash(wrap), after)] };
    }),
  'a-true-record-of-another-wrap-before': () =>
    eachPart(async (part, row, wrap) => {
      const after = await reEncrypted(stage.owner, part, wrap, 1);
      return { wrap: after, rewraps: [await recorded(row, part, wrapHash(after), after)] };
    }),
  'moved-wrap-and-record-of-before-a-password-change': () =>
    each(stage, [
      async () => {
        await move(stage.owner);
        const { passwordWrap, rewraps } = await stage.table.get(keysOf(stage.owner).account);
        const body = { currentPassword: stage.owner.password, newPassword: 'nine paper boats drift' };
        await stage.call('PUT /v1/account/password', { token: stage.owner.token, body });
        return planted(() => Promise.resolve({ passwordWrap, rewraps }));
      },
    ]),
  'records-of-a-wrong-form': () =>
    each(
      stage,
      [
        { B: new Uint8Array(64) },
        { B: Uint8Array.of(3, ...new Uint8Array(64)) },
        { B: new Uint8Array(65) },
        { S: 'x' },
      ].map((rewraps) => () => planted(() => Promise.resolve({ rewraps }))),
    ),
});
