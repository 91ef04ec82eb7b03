import { CreateKeyCommand, DisableKeyCommand, EnableKeyCommand, EncryptCommand } from '@aws-sdk/client-kms';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { PASSWORD } from '../fixtures/app.ts';
import { type Person, recoveryCode, register, type Site, startSite } from './support.ts';

const ELSEWHERE = '198.51.100.77';

describe('keys rewrap', () => {
  let site: Site;
  let person: Person;
  let code: string;

  beforeEach(async () => {
    site = await startSite();
    person = await register(site.api(), 'owner@example.com');
    code = await recoveryCode(site.api(), person);
  });
  afterEach(() => site.close());

  const partition = () => `A#${person.accountId}`;
  const signIn = (keys: readonly number[]) =>
    site.api(keys)('POST /v1/sessions', { body: { email: person.email, password: PASSWORD } });
  const disable = (place: number) => site.kms.send(new DisableKeyCommand({ KeyId: site.cloud.wrapKeyArns[place] }));

  it('tells what it would move, and changes nothing without --apply', async () => {
    const before = await site.raw.rows();
    const { code: exit, data } = await site.admin('keys rewrap');
    expect(exit).toBe(0);
    expect(data()).toMatchObject({ applied: false, wouldMove: 3, findings: [] });
    expect(await site.raw.rows()).toEqual(before);
  });

  it('moves every wrap, so that the old key can be disabled', async () => {
    const { code: exit, data } = await site.admin('keys rewrap --apply');
    expect(exit).toBe(0);
    expect(data()).toMatchObject({ moved: 3, there: 0, left: 0, stayed: [], findings: [] });

    await disable(0);
    const status = await site.admin('keys status');
    expect(status.code).toBe(0);
    expect(status.data()).toMatchObject({
      keys: [
        { number: 1, password: 0, session: 0, recovery: 0 },
        { number: 2, password: 1, session: 1, recovery: 1 },
      ],
    });
    expect((await site.api([1])('GET /v1/account', { token: person.token })).status).toBe(200);
    expect((await signIn([1])).status).toBe(201);
    const body = { email: person.email, recoveryCode: code, newPassword: 'nine copper rivers wander' };
    expect((await site.api([1])('POST /v1/recovery', { body, sourceIp: ELSEWHERE })).status).toBe(201);
  });

  it('finds nothing left to move when it is run again', async () => {
    await site.admin('keys rewrap --apply');
    const before = await site.raw.rows();
    expect((await site.admin('keys rewrap --apply')).data()).toMatchObject({ moved: 0, there: 3, left: 0 });
    expect(await site.raw.rows()).toEqual(before);
  });

  it('moves back, and there again, while nobody signs in: the manifest knows each wrap by its record', async () => {
    for (const to of [2, 1, 2]) expect((await site.admin(`keys rewrap --apply --to ${to}`)).code).toBe(0);
    await disable(0);
    expect((await site.api([1])('GET /v1/account', { token: person.token })).status).toBe(200);
    expect((await signIn([1])).status).toBe(201);
  });

  it('leaves a wrap that is none of its account, and moves the rest', async () => {
    const other = await register(site.api(), 'other@example.com');
    const { passwordWrap } = await site.raw.get(`A#${other.accountId}`, 'ACCOUNT');
    await site.raw.change(partition(), 'ACCOUNT', { passwordWrap });
    const { code: exit, data } = await site.admin('keys rewrap --apply');
    expect(exit).toBe(1);
    const finding = { code: 'wrap.tampered', count: 1, examples: [person.accountId] };
    expect(data()).toMatchObject({
      moved: 4,
      left: 0,
      stayed: [finding],
      findings: [{ code: 'wrap.tampered', count: 1 }],
    });
    expect((await site.raw.get(partition(), 'ACCOUNT'))['passwordWrap']).toEqual(passwordWrap);
  });

  it('does not vouch for a wrap under a key that is none of the deployment', async () => {
    const { KeyMetadata } = await site.kms.send(new CreateKeyCommand({}));
    const EncryptionContext = { app: 'twinlock', purpose: 'password', account: person.accountId, dek: '1' };
    const input = { KeyId: KeyMetadata?.Arn, Plaintext: new Uint8Array(176), EncryptionContext };
    const { CiphertextBlob: blob = new Uint8Array() } = await site.kms.send(new EncryptCommand(input));
    await site.raw.change(partition(), 'ACCOUNT', { passwordWrap: { B: blob } });
    const { code: exit, data } = await site.admin('keys rewrap --apply');
    expect(exit).toBe(1);
    expect(data()).toMatchObject({ stayed: [{ code: 'wrap.foreign-key', count: 1 }] });
    expect((await site.raw.get(partition(), 'ACCOUNT'))['passwordWrap']?.B).toEqual(blob);
  });

  it('leaves an account whose record of an earlier move is confirmed by no MAC', async () => {
    await site.admin('keys rewrap --apply --to 2');
    const { rewraps } = await site.raw.get(partition(), 'ACCOUNT');
    const forged = Uint8Array.from(rewraps?.B ?? []);
    forged[1] = (forged[1] ?? 0) ^ 1;
    await site.raw.change(partition(), 'ACCOUNT', { rewraps: { B: forged } });
    const before = await site.raw.get(partition(), 'ACCOUNT');
    const { code: exit, data } = await site.admin('keys rewrap --apply --to 1');
    expect(exit).toBe(1);
    expect(data()).toMatchObject({ moved: 1, left: 2, stayed: [{ code: 'wrap.record', count: 2 }] });
    expect(await site.raw.get(partition(), 'ACCOUNT')).toEqual(before);
  });

  it('names wraps whose key KMS does not use, and moves them once it does', async () => {
    await disable(0);
    const refused = await site.admin('keys rewrap --apply');
    expect(refused.code).toBe(1);
    expect(refused.data()).toMatchObject({ moved: 0, stayed: [{ code: 'wrap.refused', count: 3 }] });
    await site.kms.send(new EnableKeyCommand({ KeyId: site.cloud.wrapKeyArns[0] }));
    expect((await site.admin('keys rewrap --apply')).data()).toMatchObject({ moved: 3, left: 0 });
  });

  it('refuses a target that is none of the wrap keys', async () => {
    for (const to of ['3', '0', site.cloud.macKeyArn])
      expect((await site.admin(`keys rewrap --to ${to}`)).code).toBe(2);
  });
});
