import type { Page } from 'playwright-core';
import { ITEM_TYPES } from '../../lambda/domain/items.ts';
import { goTo, type Owner, pdfOf } from './people.ts';

/** Every view that someone can come to who is signed in, as parts of the page's fragment. */
export type View = readonly string[];

/** Fills a vault with something for every view, and names the views. */
export async function furnish({ vault }: Owner): Promise<View[]> {
  const person = await vault.items.create({
    type: 'person',
    label: 'Me',
    data: { givenName: 'Ada', familyName: 'Example', birthDate: '1990-12-10', nationality: 'GB' },
  });
  const address = await vault.items.create({
    type: 'address',
    data: { lines: ['1 Sample Street', 'Back house'], postalCode: '10115', city: 'Berlin', country: 'DE' },
  });
  await vault.items.create({ type: 'bank-account', label: 'Wages', data: { iban: 'DE89370400440532013000' } });
  await vault.items.create({ type: 'phone', data: { number: '+4930123456' } });
  const inputs = { sender: person.id, senderAddress: address.id };
  const fields = { recipient: 'Example plc\n1 Sample Square', subject: 'A change of address', body: 'Dear all' };
  const letter = await vault.documents.generate({
    template: 'letter',
    title: 'Move',
    inputs,
    fields,
    retentionDays: 3,
  });
  await vault.documents.upload(pdfOf(3000), { title: 'Tenancy agreement' });
  const templates = await vault.documents.templates();
  return [
    ['items'],
    ['items', 'new'],
    ...ITEM_TYPES.map((type) => ['items', 'new', type]),
    ['items', person.id],
    ['items', person.id, 'edit'],
    ['documents'],
    ['documents', 'new'],
    ...templates.map(({ id }) => ['documents', 'new', id]),
    ['documents', letter.id],
    ['documents', 'upload'],
    ['activity'],
    ['account'],
    ...['password', 'email', 'recovery', 'key', 'sessions', 'export', 'delete'].map((name) => ['account', name]),
    ['nowhere'],
  ];
}

/** Goes to a view, and is there when it has all that it shows. */
export async function goToAll(page: Page, view: View): Promise<void> {
  await goTo(page, ...view);
  await page.getByRole('heading', { level: 1 }).waitFor();
  // What is still being read says so.
  await page.getByText(/^(?:Opening|Wird geöffnet) …$/).waitFor({ state: 'detached' });
  if (view[0] === 'documents' && /^[0-9A-Z]{26}$/.test(view[1] ?? '')) await page.locator('iframe').waitFor();
}
