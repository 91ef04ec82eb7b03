import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { DisableKeyCommand, EnableKeyCommand } from '@aws-sdk/client-kms';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Person, recoveryCode, register, type Site, startSite } from './support.ts';

const ADDRESS = { lines: ['12 Nowhere Lane'], postalCode: '00000', city: 'Exampleton', country: 'GB' };
/** An id that is nobody's. */
const NOBODY = '01JZZZZZZZZZZZZZZZZZZZZZZZ';

interface Finding {
  readonly code: string;
  readonly count: number;
  readonly examples: readonly string[];
}

describe('verify', () => {
  let site: Site;
  let person: Person;
  let other: Person;
  let sk: { session: string; item: string; document: string };
  let email: string;

  beforeAll(async () => {
    site = await startSite();
    const api = site.api();
    person = await register(api, 'owner@example.com');
    other = await register(api, 'other@example.com');
    await recoveryCode(api, person);
    const item = await api('POST /v1/items', { token: person.token, body: { type: 'address', data: ADDRESS } });
    const document = await api('POST /v1/documents', {
      token: person.token,
      body: { template: 'personal-data-record', title: 'Record', inputs: { items: [item.text('id')] } },
    });
    const session = person.token.split('.')[2] ?? '';
    sk = { session: `S#${session}`, item: `I#${item.text('id')}`, document: `D#${document.text('id')}` };
    const rows = await site.raw.rows();
    email = rows.find((row) => row['sk']?.S === 'E' && row['accountId']?.S === person.accountId)?.['pk']?.S ?? '';
  });
  afterAll(() => site.close());

  const found = async (options = ''): Promise<Finding[]> => {
    const { data } = await site.admin(`verify${options}`);
    return data()['findings'] as Finding[];
  };
  const codes = async (options?: string) => (await found(options)).map(({ code }) => code);
  const pk = () => `A#${person.accountId}`;

  it('finds nothing in a table that only the service wrote', async () => {
    const { code, data } = await site.admin('verify');
    expect(data()).toMatchObject({
      findings: [],
      rows: { account: 2, manifest: 2, email: 2, session: 2, item: 1, document: 1 },
      wraps: 5,
      objects: 1,
    });
    expect(code).toBe(0);
  });

  /** What is done to a row, and what it is found with. */
  const faults: [
    what: string,
    of: () => [string, string],
    set: Record<string, AttributeValue | undefined>,
    code: string,
  ][] = [
    ['an attribute that is missing', () => [pk(), sk.item], { dekVersion: undefined }, 'row.malformed'],
    ['an attribute of another type', () => [pk(), 'M'], { revision: { S: '1' } }, 'row.malformed'],
    ['an attribute that its kind does not have', () => [pk(), sk.item], { note: { S: 'x' } }, 'row.extra-attributes'],
    ['a ttl that does not follow', () => [pk(), sk.session], { ttl: { N: '1' } }, 'row.stray-attributes'],
    [
      'a place in the index that does not follow',
      () => [pk(), sk.document],
      { duePk: { S: '0#2020-01-01' } },
      'row.stray-attributes',
    ],
    ['a message that is too short', () => [pk(), sk.item], { sealed: { B: new Uint8Array(71) } }, 'row.short-message'],
    ['a DEK that its account does not have', () => [pk(), sk.item], { dekVersion: { N: '2' } }, 'row.dek-version'],
    ['a manifest that was put back', () => [pk(), 'M'], { revision: { N: '1' } }, 'manifest.revision'],
    ['an epoch that its account has not come to', () => [pk(), sk.session], { epoch: { N: '2' } }, 'session.epoch'],
    ['a later manifest than stands', () => [pk(), sk.session], { revision: { N: '99' } }, 'session.revision'],
    ['an e-mail of nobody', () => [email, 'E'], { accountId: { S: NOBODY } }, 'email.no-account'],
    [
      'objects of others',
      () => [pk(), sk.document],
      { objectKeys: { L: [{ S: 'documents/a/b/c' }] } },
      'document.foreign-object',
    ],
    ['a wrap that is none', () => [pk(), 'ACCOUNT'], { passwordWrap: { B: new Uint8Array(200) } }, 'wrap.tampered'],
  ];

  it.each(faults)('finds %s', async (_, of, set, code) => {
    const [partition, sort] = of();
    const before = await site.raw.get(partition, sort);
    await site.raw.change(partition, sort, set);
    try {
      expect(await codes()).toContain(code);
    } finally {
      await site.raw.put(before);
    }
  });

  it('finds rows that are gone, by those that hang on them', async () => {
    const gone: [string, string, string][] = [
      [pk(), 'ACCOUNT', 'row.no-account'],
      [pk(), 'ACCOUNT', 'manifest.no-account'],
      [pk(), 'M', 'account.no-manifest'],
      [email, 'E', 'account.no-email'],
      [pk(), sk.document, 'nothing'],
    ];
    for (const [partition, sort, code] of gone) {
      const before = await site.raw.get(partition, sort);
      await site.raw.remove(partition, sort);
      // The object of a row that is gone is young: it may still be on its way.
      expect([...(await codes()), 'nothing']).toContain(code);
      await site.raw.put(before);
    }
    expect(await codes()).toEqual([]);
  });

  it('finds an e-mail that leads to an account which has another', async () => {
    const before = await site.raw.get(email, 'E');
    await site.raw.change(email, 'E', { accountId: { S: other.accountId } });
    expect(await codes()).toEqual(['account.no-email', 'email.other-account']);
    await site.raw.put(before);
  });

  it('finds rows in places that none of ours has, and tells nothing of what they hold', async () => {
    const places = [
      { pk: { S: 'Z#someone@example.com' }, sk: { S: 'Z' } },
      { pk: { S: pk() }, sk: { S: 'Q#1' } },
    ];
    for (const place of places) await site.raw.put({ ...place, name: { S: 'someone@example.com' } });
    const { out, err } = await site.admin('verify');
    for (const place of places) await site.raw.remove(place.pk.S, place.sk.S);
    expect(out).toContain('"code":"row.unknown","count":2');
    expect(out + err).not.toContain('someone');
  });

  it('finds a wrap of another purpose in its place, by the context alone', async () => {
    const before = await site.raw.get(pk(), 'ACCOUNT');
    await site.raw.change(pk(), 'ACCOUNT', { recoveryWrap: before['passwordWrap'] });
    expect(await found()).toEqual([{ code: 'wrap.tampered', count: 1, examples: [`${person.accountId} recovery`] }]);
    expect(await codes(' --no-kms')).toEqual([]);
    await site.raw.put(before);
  });

  it('finds wraps whose key KMS does not use', async () => {
    const KeyId = site.cloud.wrapKeyArns[0];
    await site.kms.send(new DisableKeyCommand({ KeyId }));
    expect(await found()).toMatchObject([{ code: 'wrap.refused', count: 5 }]);
    await site.kms.send(new EnableKeyCommand({ KeyId }));
  });
});
