import type * as Client from '../../client/src/main.ts';

const SIZE = 9 * 1024 * 1024;
const PASSWORD = 'seven grey lanterns hum';

/** All that a client is for, with the built module alone: the same in Node and in a browser. */
export async function mainJob(client: typeof Client, baseUrl: string, email: string) {
  const { TwinlockClient, TwinlockError } = client;
  const pdf = new Uint8Array(SIZE);
  for (let at = 0; at < SIZE; at += 65_536) crypto.getRandomValues(pdf.subarray(at, at + 65_536));
  pdf.set(new TextEncoder().encode('%PDF-1.7\n'), 0);
  pdf.set(new TextEncoder().encode('\n%%EOF\n'), SIZE - 7);
  const digest = async (bytes: Uint8Array<ArrayBuffer>) =>
    new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)).join();

  const vault = new TwinlockClient({ baseUrl, stretching: { service: 'Example Vault' } });
  const reasons: string[] = [];
  vault.onSignedOut((reason) => reasons.push(reason));
  await vault.register({ email, password: PASSWORD, acceptDataLoss: true });
  const data = { givenName: 'Łukasz', familyName: 'Nguyễn' };
  const person = await vault.items.create({ type: 'person', label: 'Me', data });
  const listed: unknown[] = [];
  for await (const item of vault.items.list({ type: 'person' })) listed.push(item.data.givenName);
  const made = await vault.documents.generate({ template: 'personal-data-record', inputs: { items: [person.id] } });
  const record = await (await vault.documents.content(made.id)).blob();

  const up: number[] = [];
  const onProgress = ({ loaded }: Client.Progress) => up.push(loaded);
  const sent = await vault.documents.upload(new Blob([pdf]), { title: 'Łukasz', onProgress });
  const down: (readonly [number, number | null])[] = [];
  const download = await vault.documents.content(sent.id, {
    onProgress: ({ loaded, total }) => down.push([loaded, total]),
  });
  const isSame = (await digest(await download.bytes())) === (await digest(pdf));

  await vault.signOut();
  const failure: unknown = await vault
    .signIn({ email, password: 'nine amber teapots wait' })
    .catch((error: unknown) => error);
  const told = failure instanceof TwinlockError ? [failure.code, failure.status, typeof failure.requestId] : null;
  await vault.signIn({ email, password: PASSWORD });
  const receipt = await vault.account.delete(PASSWORD);
  return {
    listed,
    record: [record.type, await record.slice(0, 5).text()],
    fileName: download.fileName,
    size: download.size,
    isSame,
    up: [up.length, up.at(-1)],
    down: [down.length > 1, down.at(-1)],
    failure: told,
    reasons,
    documents: receipt.documents,
    session: vault.session,
  };
}

/** What it gives. */
export const DONE = {
  listed: ['Ł•••'],
  record: ['application/pdf', '%PDF-'],
  fileName: 'Łukasz.pdf',
  size: SIZE,
  isSame: true,
  up: [5, SIZE],
  down: [true, [SIZE, SIZE]],
  failure: ['invalid_credentials', 401, 'string'],
  reasons: ['signed-out', 'deleted'],
  documents: 2,
  session: null,
};
