import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import type { ItemType, NewItem } from '../../client/src/main.ts';
import {
  choose,
  field,
  follow,
  goTo,
  makeAccount,
  type Owner,
  PASSWORD,
  pdfOf,
  press,
  removeFiles,
  see,
  seeTitle,
  signIn,
} from './people.ts';
import { openStage, type Person, PHONE, type Stage } from './stage.ts';

/** Texts that would be something else than texts in a page that is careless. Each notes in the page that it ran. */
const HOSTILE = [
  '<img src=x onerror=globalThis.ran=1>',
  '"><script>globalThis.ran=1</script>',
  "javascript:globalThis.ran=1//'onmouseover=globalThis.ran=1",
  '{{globalThis.ran=1}} ${globalThis.ran=1} <%= 1 %>',
  '\u202egnp.exe\u2066 right to left \u200f',
  '\u{1f469}\u200d\u{1f469}\u200d\u{1f467}\u200b\ufeff\u{1f3f4}\u{e0067}\u{e007f}',
  `a${'\u0300'.repeat(150)}`,
  'W'.repeat(200),
] as const;

/** The n-th, from the start again after the last. */
const hostile = (n: number, max = 200) =>
  Array.from(HOSTILE[n % HOSTILE.length] ?? '')
    .slice(0, max)
    .join('');

/** An item of each type, in which every field that is free text is hostile. */
const itemsFrom = (n: number): NewItem[] => {
  const text = (at: number, max?: number) => hostile(n + at, max);
  const lines = [text(0), text(1), text(2), text(3)] as const;
  return [
    { type: 'person', data: { givenName: text(0), familyName: text(1), middleNames: text(2), birthPlace: text(3) } },
    {
      type: 'address',
      data: { lines: [...lines], city: text(4), postalCode: text(5, 20), region: text(6), country: 'DE' },
    },
    { type: 'email', data: { address: `${'w'.repeat(64)}@${'w'.repeat(63)}.${'w'.repeat(63)}.example.com` } },
    { type: 'national-id', data: { number: text(0, 64), kind: text(1, 100), country: 'DE' } },
    { type: 'passport', data: { number: text(2, 64), country: 'DE' } },
    { type: 'bank-account', data: { iban: 'DE89370400440532013000', holder: text(3) } },
    { type: 'payment-card', data: { number: '4111111111111111', holder: text(4) } },
    { type: 'note', data: { text: `${HOSTILE.join('\n')}\n${'W'.repeat(1000)}` } },
  ].map((item, at) => ({ ...item, label: text(at) }) as NewItem);
};

describe('hostile texts', () => {
  let stage: Stage;
  let mallory: Owner;
  let person: Person;
  let page: Page;
  const items = new Map<string, ItemType>();

  beforeAll(async () => {
    stage = await openStage();
    mallory = await makeAccount(stage, `{{7*7}}-${'w'.repeat(50)}@${'w'.repeat(63)}.example.com`);
    for (const [at] of HOSTILE.entries()) {
      for (const item of itemsFrom(at)) {
        const { id, type } = await mallory.vault.items.create(item);
        items.set(id, type);
      }
    }
    person = await stage.enter(PHONE);
    ({ page } = person);
    page.on('dialog', (dialog) => {
      expect(dialog.type()).toBe('nothing');
    });
    await signIn(page, mallory.email);
  });

  afterAll(async () => {
    removeFiles();
    await stage.close();
  });

  beforeEach(async () => {
    await page.setViewportSize(PHONE.viewport);
  });

  afterEach(() => {
    expect(person.faults).toEqual([]);
  });

  const open = (...view: string[]) => goTo(page, ...view);

  /** Nothing of a text has become part of the page, and nothing sticks out of it. */
  const expectTexts = async (view: string) => {
    const found = await page.evaluate<object>(`(() => {
      const { scrollWidth, clientWidth } = document.documentElement;
      const handlers = [...document.querySelectorAll('*')].flatMap((element) =>
        element.getAttributeNames().filter((name) => name.startsWith('on')));
      const links = [...document.querySelectorAll('a')].map(({ href }) => new URL(href).protocol);
      const parts = document.querySelectorAll('img, object, embed, base, meta[http-equiv], svg script').length;
      return {
        wide: scrollWidth - clientWidth, ran: 'ran' in globalThis, handlers, parts,
        scripts: [...document.scripts].filter(({ src }) => new URL(src || 'x:').origin !== location.origin).length,
        links: links.filter((protocol) => protocol !== 'http:' && protocol !== 'blob:'),
      };
    })()`);
    expect([view, found]).toEqual([view, { wide: 0, ran: false, handlers: [], parts: 0, scripts: 0, links: [] }]);
  };

  /** A text stands in the page as it was written, at once or when what was done last has been drawn. */
  const expectToSee = async (text: string) => {
    const isThere = async () => (await page.locator('body').textContent())?.includes(text) === true;
    const end = Date.now() + 20_000;
    while (!(await isThere()) && Date.now() < end) await page.waitForTimeout(50);
    expect([text, await isThere()]).toEqual([text, true]);
  };

  it('are texts in the list', async () => {
    await see(page, '50 entries so far');
    await press(page, 'Show more');
    await see(page, `${items.size} entries`);
    for (const text of HOSTILE) await expectToSee(text);
    await expectTexts('list');
  });

  it('are texts where they are shown, and where they are changed', async () => {
    // One of each type, each with other texts first; the list shows them all.
    const types = [...new Set(items.values())];
    const ids = [...items.keys()];
    const chosen = types.map((type, at) => ids.filter((id) => items.get(id) === type)[at % HOSTILE.length] ?? '');
    for (const id of chosen) {
      const item = await mallory.vault.items.get(id);
      await open('items', id);
      await press(page, 'Show');
      await page.getByRole('button', { name: 'Hide', exact: true }).waitFor();
      await expectTexts(`${item.type}, shown`);
      for (const [name, value] of Object.entries<unknown>({ ...item.data })) {
        // These are written in another way than they are stored.
        if (typeof value === 'string' && !['country', 'iban'].includes(name) && item.type !== 'payment-card')
          await expectToSee(value);
      }
      await follow(page, 'Change');
      expect(await field(page, 'Label').inputValue()).toBe(item.label);
      await expectTexts(`${item.type}, changed`);
    }
  });

  it('are texts where two changes have met', async () => {
    const id = [...items.keys()].find((each) => items.get(each) === 'person') ?? '';
    await open('items', id, 'edit');
    for (const [at, label] of ['Given name', 'Family name', 'Middle names', 'Place of birth', 'Label'].entries())
      await field(page, label).fill(hostile(at + 3));
    const { version } = await mallory.vault.items.get(id);
    const [other] = itemsFrom(6);
    if (other?.type !== 'person') throw new Error('no person among the items');
    await mallory.vault.items.replace({ id, version, type: 'person' }, { label: hostile(7), data: other.data });
    await press(page, 'Save');
    await see(page, 'Two changes have met');
    await expectTexts('conflict');
    await press(page, 'Save what is chosen');
    await page.getByRole('link', { name: 'Change', exact: true }).waitFor();
    expect((await mallory.vault.items.get(id)).label).toBe(hostile(7));
  });

  it('are texts where a document is made from them', async () => {
    await open('documents', 'new', 'letter');
    await field(page, 'Who writes').waitFor();
    await expectTexts('letter');
    await open('documents', 'new', 'personal-data-record');
    await see(page, /of \d+ chosen/);
    await expectTexts('record');
  });

  it('are texts as titles of documents, and as names of files', async () => {
    for (const [at, title] of HOSTILE.entries()) await mallory.vault.documents.upload(pdfOf(1000 + at), { title });
    await open('documents', 'upload');
    const name = `${HOSTILE[0]}${HOSTILE[1].replaceAll('/', '')}.pdf`;
    await choose(page, 'PDF', name, pdfOf(2000));
    await expectToSee(`${name} (2.4 kB)`);
    await expectTexts('upload');
    await press(page, 'Store it');
    await seeTitle(page, name.replace('.pdf', ''));
    await expectTexts('document');
    await open('documents');
    await see(page, HOSTILE[0]);
    for (const text of HOSTILE) await expectToSee(text);
    await expectTexts('documents');
    for await (const { id, title } of mallory.vault.documents.list()) {
      await open('documents', id);
      await page.getByTitle(`PDF: ${title}`).waitFor();
      await expectTexts(title);
    }
  });

  it('are texts in the fields of a letter, which is made of them', async () => {
    const sender = await mallory.vault.items.create({
      type: 'person',
      data: { givenName: 'Ada', familyName: 'Example' },
    });
    const home = await mallory.vault.items.create({
      type: 'address',
      data: { lines: ['1 Sample Street'], city: 'Berlin', country: 'DE' },
    });
    await open('documents', 'new', 'letter');
    await field(page, 'Who writes').selectOption(sender.id);
    await field(page, 'Address of the sender').selectOption(home.id);
    await field(page, 'Recipient').fill(HOSTILE.slice(0, 4).join('\n'));
    await field(page, 'Subject').fill(HOSTILE[1]);
    await field(page, 'Text').fill(HOSTILE.slice(0, 4).join('\n\n'));
    await expectTexts('letter, filled in');
    await press(page, 'Make the document');
    await page.getByTitle('PDF: Letter').waitFor();
    await expectTexts('letter, made');
  });

  it('are texts as the names of programs', async () => {
    for (const agent of HOSTILE.slice(0, 4)) {
      const answer = await fetch(`${stage.url}/v1/sessions`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'user-agent': agent },
        body: JSON.stringify({ email: mallory.email, password: PASSWORD }),
      });
      expect(answer.status).toBe(201);
    }
    await open('account', 'sessions');
    await see(page, 'This session');
    await expectTexts('sessions');
    await open('activity');
    await see(page, /^Checked:/);
    await expectTexts('activity');
    await open('account');
    await see(page, mallory.email);
    await expectTexts('account');
    await open('account', 'delete');
    await see(page, /^To be sure/);
    await expectTexts('deletion');
  });
});
