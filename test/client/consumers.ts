/** What a project writes that uses the client: it compiles, and what is expected to be an error is one. */
export const CONSUMER = `
import { TwinlockClient, TwinlockError, VaultRolledBackError } from '@twinlock/client';
import type { ErrorCode, Item, ItemType, MaskedItem, NewItem, Paged, Document, DocumentPage } from '@twinlock/client';

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function holds<_T extends true>(): void {}

const vault = new TwinlockClient({ baseUrl: new URL('https://vault.example'), remember: { load: () => null, save: () => undefined } });

export async function items(): Promise<void> {
  const person = await vault.items.create({ type: 'person', data: { givenName: 'a', familyName: 'b' } });
  holds<Same<typeof person, Item<'person'>>>();
  const given: string = person.data.givenName;
  const born: string | undefined = person.data.birthDate;
  // @ts-expect-error a person has no IBAN
  void person.data.iban;
  // @ts-expect-error a field of another type's
  await vault.items.create({ type: 'person', data: { iban: 'a' } });
  // @ts-expect-error a field is missing
  await vault.items.create({ type: 'person', data: { givenName: 'a' } });
  // @ts-expect-error no such type
  await vault.items.create({ type: 'passkey', data: { text: 'a' } });
  // @ts-expect-error exactly optional: left out, never undefined
  await vault.items.create({ type: 'person', data: { givenName: 'a', familyName: 'b', birthDate: undefined } });
  const any = await vault.items.get('id');
  // @ts-expect-error its type is not known yet
  void any.data.iban;
  if (any.type === 'bank-account') void (any.data.iban satisfies string);
  else if (any.type === 'note') void (any.data.text satisfies string);
  await vault.items.replace(person, { data: { givenName: given, familyName: born ?? '' } });
  // @ts-expect-error data of another type
  await vault.items.replace(person, { data: { text: 'a' } });

  for await (const item of vault.items.list()) {
    holds<Same<typeof item, MaskedItem>>();
    void (item.masked satisfies true);
    if (item.type === 'note') void (item.data.text satisfies string | undefined);
  }
  for await (const item of vault.items.list({ type: 'note', reveal: true })) {
    void (item.data.text satisfies string);
    // @ts-expect-error a whole item
    void (item.masked satisfies true);
  }
  for await (const item of vault.items.list({ type: 'note' })) {
    // @ts-expect-error hidden, and perhaps left out
    void (item.data.text satisfies string);
  }
  const reveal: boolean = given === 'a';
  for await (const item of vault.items.search({ label: 'a', reveal })) {
    if (item.masked) void (item satisfies MaskedItem);
    else void (item satisfies Item);
  }
  // @ts-expect-error no such filter
  vault.items.list({ title: 'a' });
}

export function store<T extends ItemType>(item: NewItem<T> & { type: T }): Promise<Item<T>> {
  return vault.items.create(item);
}

export async function documents(file: Blob, stream: ReadableStream<Uint8Array>): Promise<void> {
  const pages: Paged<Document, DocumentPage> = vault.documents.list({ from: new Date() });
  const { documents: some, nextCursor } = await pages.page();
  void (some satisfies Document[]);
  void (nextCursor satisfies string | null);
  await vault.documents.upload(file, { title: 'a' });
  await vault.documents.upload(stream, { title: 'a', onProgress: ({ loaded, total }) => void (loaded / (total ?? 1)) });
  await vault.documents.upload(new Uint8Array(1), { title: 'a', signal: AbortSignal.timeout(1) });
  // @ts-expect-error a title
  await vault.documents.upload(file, {});
  const { stream: content, size } = await vault.documents.content('id', { range: { first: 0 } });
  void (size satisfies number | null);
  for await (const chunk of content) void (chunk satisfies Uint8Array);
  // @ts-expect-error the cursor is the client's
  await vault.documents.generate({ template: 'letter', inputs: {}, cursor: 'a' });
}

export async function account(): Promise<void> {
  // @ts-expect-error the user accepts
  await vault.register({ email: 'a', password: 'b', acceptDataLoss: false });
  // @ts-expect-error there is no token to read
  void vault.session?.token;
  const { remaining } = await vault.account.rotateKeys(null, { onProgress: ({ keyVersion }) => void keyVersion.toFixed() });
  void remaining.toFixed();
  for await (const { action } of vault.account.activity()) {
    // @ts-expect-error no such action
    if (action === 'account.sold') return;
  }
}

export function explain(error: unknown): string {
  if (error instanceof VaultRolledBackError) return String(error.seen - error.revision);
  if (!(error instanceof TwinlockError)) return 'not of the vault';
  const code: ErrorCode = error.code;
  switch (code) {
    case 'account_exists':
    case 'export_too_large':
    case 'idempotency_key_reused':
    case 'integrity_failure':
    case 'internal_error':
    case 'invalid_credentials':
    case 'invalid_request':
    case 'malformed_json':
    case 'method_not_allowed':
    case 'not_a_pdf':
    case 'not_found':
    case 'password_too_weak':
    case 'payload_too_large':
    case 'precondition_failed':
    case 'precondition_required':
    case 'range_not_satisfiable':
    case 'reauthentication_required':
    case 'temporarily_unavailable':
    case 'too_many_attempts':
    case 'unauthenticated':
    case 'unsupported_media_type':
    case 'unsupported_script':
    case 'upload_incomplete':
    case 'upload_spent':
    case 'vault_full':
    case 'vault_rolled_back':
    case 'version_conflict':
    case 'bad_gateway':
    case 'bad_request':
    case 'forbidden':
    case 'gateway_timeout':
    case 'network':
      return code;
    case 'wrong_password':
      return String(error.retryAfter ?? error.issues.length);
    default:
      // One case is left.
      return code satisfies 'unexpected_answer';
  }
}
`;
