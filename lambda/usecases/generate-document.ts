import { type ItemId, parseId } from '../domain/ids.ts';
import { InvalidRequestError, type Issue } from '../errors.ts';
import type { TemplateInfo } from '../ports/document-renderer.ts';
import type { SignedIn } from './authenticate.ts';
import type { Claim } from './claim.ts';
import { type Document, readMetadata } from './documents.ts';
import type { DocumentEnvironment } from './environment.ts';
import { type KeyedRequest, once } from './idempotency.ts';
import { type Item, openItem } from './items.ts';
import { storeDocument } from './store-document.ts';
import { DAY_MS } from './upload-document.ts';
import type { Vault } from './vault.ts';

/** What a caller asks for. */
export interface GenerateRequest {
  readonly template: string;
  /** The template's own title where null. */
  readonly title: string | null;
  /** Item ids by input name. */
  readonly inputs: Readonly<Record<string, string | readonly string[]>>;
  readonly fields: unknown;
  /** 1 to 365; the template's or the deployment's default where null. */
  readonly retentionDays: number | null;
  /** Opens the PDF; null where anyone may. */
  readonly password: string | null;
}

/** Items read together: DynamoDB reads 4 MB at one moment, and a note of 64 KiB takes twice that as JSON. */
const ITEMS_A_READ = 30;

/**
 * Makes a PDF from the account's items and stores it.
 *
 * 1. Check the inputs against the template. 2. Read the items. 3. Render. 4. Store.
 *
 * @param keyed sent again, it gives the document that it made
 * @throws InvalidRequestError for an unknown template, a missing or superfluous input, an id that is no item of this
 * account, an item of another type, or fields that the template refuses; what {@link once} throws
 */
export async function generateDocument(
  env: DocumentEnvironment,
  signedIn: SignedIn,
  request: GenerateRequest,
  keyed: KeyedRequest | null,
): Promise<Document> {
  const template = env.renderer.templates.find(({ id }) => id === request.template);
  if (template === undefined) throw new InvalidRequestError([{ path: '/template', message: 'is not a template' }]);
  const wanted = checkInputs(template, request.inputs);
  return once(env, signedIn, keyed, {
    find: readMetadata,
    make: (vault, claim) => make(env, vault, request, { template, wanted }, claim),
  });
}

async function make(
  env: DocumentEnvironment,
  vault: Vault,
  request: GenerateRequest,
  { template, wanted }: { readonly template: TemplateInfo; readonly wanted: readonly Wanted[] },
  claim: Claim | null,
): Promise<Document> {
  const items = await readItems(env, vault, [...new Set(wanted.flatMap(({ ids }) => ids))]);
  const inputs = fill(template, wanted, items);
  const now = env.clock();
  const title = request.title ?? template.title;
  const { pdf, pages } = await env.renderer.render({
    template: template.id,
    title,
    inputs,
    fields: request.fields,
    now,
    ...(request.password === null ? {} : { password: request.password }),
  });
  const days = request.retentionDays ?? template.retentionDays ?? env.settings.retentionDays;
  const metadata = { title, template: template.id, pages };
  return storeDocument(env, vault, pdf, metadata, now + days * DAY_MS, claim);
}

interface Wanted {
  readonly name: string;
  /** Whether the caller sent a list, and so how a fault is pointed at. */
  readonly many: boolean;
  readonly ids: readonly string[];
}

function checkInputs(template: TemplateInfo, inputs: GenerateRequest['inputs']): Wanted[] {
  const issues: Issue[] = [];
  const wanted: Wanted[] = [];
  for (const name of Object.keys(inputs)) {
    if (!template.inputs.some((input) => input.name === name)) {
      issues.push({ path: '/inputs', message: 'has an input that the template does not have' });
    }
  }
  for (const input of template.inputs) {
    const value = Object.hasOwn(inputs, input.name) ? inputs[input.name] : undefined;
    const ids = value === undefined ? [] : typeof value === 'string' ? [value] : value;
    const path = `/inputs/${input.name}`;
    if (ids.length === 0 && input.required) issues.push({ path, message: 'is required' });
    if (ids.length > 1 && !input.many) issues.push({ path, message: 'takes one item' });
    wanted.push({ name: input.name, many: typeof value !== 'string', ids });
  }
  if (issues.length > 0) throw new InvalidRequestError(issues);
  return wanted;
}

async function readItems(env: DocumentEnvironment, vault: Vault, ids: readonly string[]): Promise<Map<string, Item>> {
  const items = new Map<string, Item>();
  for (let start = 0; start < ids.length; start += ITEMS_A_READ) {
    const keys = ids.slice(start, start + ITEMS_A_READ).flatMap((id) => {
      const itemId = parseId<ItemId>(id);
      return itemId === null ? [] : [{ kind: 'item', accountId: vault.account.accountId, itemId } as const];
    });
    if (keys.length === 0) continue;
    for (const row of await vault.verified(keys, await env.store.snapshot(keys))) {
      if (row !== null) items.set(row.itemId, openItem(vault, row));
    }
  }
  return items;
}

function fill(
  template: TemplateInfo,
  wanted: readonly Wanted[],
  items: ReadonlyMap<string, Item>,
): Record<string, Item[]> {
  const issues: Issue[] = [];
  const inputs: Record<string, Item[]> = {};
  for (const { name, many, ids } of wanted) {
    const types = template.inputs.find((input) => input.name === name)?.itemTypes ?? [];
    inputs[name] = ids.flatMap((id, place) => {
      const path = many ? `/inputs/${name}/${place}` : `/inputs/${name}`;
      const item = items.get(id);
      if (item === undefined) {
        issues.push({ path, message: 'is not an item of this account' });
        return [];
      }
      if (!types.includes(item.type)) {
        issues.push({ path, message: `must be an item of type ${types.join(' or ')}` });
      }
      return [item];
    });
  }
  if (issues.length > 0) throw new InvalidRequestError(issues);
  return inputs;
}
