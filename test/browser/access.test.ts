import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { makeAccount, type Owner, PASSWORD } from './people.ts';
import { judge, openStage, type Person, PHONE, picture, type Stage } from './stage.ts';
import { furnish, goToAll, type View } from './views.ts';

interface Way {
  readonly name: string;
  readonly options: BrowserContextOptions;
  readonly words: Readonly<
    Record<'language' | 'password' | 'signIn' | 'register' | 'recover' | 'next' | 'make', string>
  >;
}

/** Without motion, so that a colour is what it is at once. */
const STILL = { reducedMotion: 'reduce' } as const;
const DESKTOP = { viewport: { width: 1200, height: 800 } };
/** CSS pixels across on which nothing needs scrolling to the side (WCAG 2.2, 1.4.10). */
const NARROW = 320;

/** Every view is seen in each language, on each screen, light and dark. */
const WAYS: readonly Way[] = [
  {
    name: 'on a desktop, in English',
    options: { ...DESKTOP, ...STILL, locale: 'en-GB', colorScheme: 'light' },
    words: {
      language: 'en',
      password: 'Password',
      signIn: 'Sign in',
      register: 'Make an account',
      recover: 'Forgot the password?',
      next: 'Next',
      make: 'Make the account',
    },
  },
  {
    name: 'on a phone, in German',
    options: { ...PHONE, viewport: { width: NARROW, height: 800 }, ...STILL, locale: 'de-DE', colorScheme: 'dark' },
    words: {
      language: 'de',
      password: 'Passwort',
      signIn: 'Anmelden',
      register: 'Konto anlegen',
      recover: 'Passwort vergessen?',
      next: 'Weiter',
      make: 'Konto anlegen',
    },
  },
];

describe.each(WAYS)('whoever hears or hardly sees the page, $name', ({ options, words }) => {
  let stage: Stage;
  let ada: Owner;
  let views: View[];
  let person: Person;
  let page: Page;

  beforeAll(async () => {
    stage = await openStage();
    ada = await makeAccount(stage, 'ada@example.com');
    views = await furnish(ada);
    person = await stage.enter(options);
    ({ page } = person);
  });

  afterAll(() => stage.close());

  afterEach(() => {
    expect(person.faults).toEqual([]);
  });

  const button = (text: string) => page.getByRole('button', { name: text, exact: true });
  const link = (text: string) => page.getByRole('link', { name: text, exact: true });

  /** Nothing is found in a view, and nothing sticks out of it. */
  const expectGood = async (view: string) => {
    const found = await judge(page);
    const { viewport } = options;
    const isNarrow = viewport?.width === NARROW;
    if (!isNarrow) await page.setViewportSize({ width: NARROW, height: 800 });
    const facts = await page.evaluate<object>(
      `(({ scrollWidth, clientWidth, lang }) => ({ wide: scrollWidth - clientWidth, lang }))(document.documentElement)`,
    );
    if (!isNarrow) await page.setViewportSize(DESKTOP.viewport);
    expect([view, found, facts]).toEqual([view, [], { wide: 0, lang: words.language }]);
    expect(await page.title()).toMatch(/^\S.* · Twinlock$/);
  };

  it('signs in, or finds what is wrong', async () => {
    await expectGood('sign-in');
    await button(words.signIn).click();
    await expectGood('sign-in, left empty');
    await page
      .getByLabel('E-Mail', { exact: true })
      .or(page.getByLabel('E-mail', { exact: true }))
      .fill(ada.email);
    await page.getByLabel(words.password, { exact: true }).fill('not the password');
    await button(words.signIn).click();
    await page.getByRole('alert').waitFor();
    await expectGood('sign-in, refused');
    await link(words.recover).click();
    await expectGood('recovery');
    await page.goBack();
  });

  it('makes an account', async () => {
    await link(words.register).click();
    await expectGood('registration');
    await page.getByRole('textbox').first().fill('new@example.com');
    await page.locator('input[type=password]').fill(PASSWORD);
    await button(words.next).click();
    await page.getByRole('radio').first().waitFor();
    await button(words.make).click();
    await expectGood('what is lost with the password');
    await page.getByRole('radio').first().check();
    await page.getByRole('checkbox').check();
    await button(words.make).click();
    await page.getByText(/^[A-Z0-9]{4,}(?:-[A-Z0-9]+)+$/).waitFor();
    await expectGood('recovery code');
    await page.getByRole('link', { name: 'Twinlock' }).click();
    await page.getByRole('dialog').waitFor();
    await expectGood('leaving without the code');
    await page.getByRole('dialog').getByRole('button').last().click();
    await page.getByRole('navigation').waitFor();
    await expectGood('nothing stored yet');
  });

  it('reaches every view', async () => {
    await page.goto('about:blank');
    await page.goto(stage.url);
    await page.getByLabel(/^E-[Mm]ail$/).fill(ada.email);
    await page.getByLabel(words.password, { exact: true }).fill(PASSWORD);
    await button(words.signIn).click();
    await page.getByRole('navigation').waitFor();
    for (const view of views) {
      await goToAll(page, view);
      await expectGood(view.join('/'));
    }
    if (options.isMobile === true) {
      await goToAll(page, ['items']);
      await page.setViewportSize(PHONE.viewport);
      await picture(page, 'phone');
      await page.setViewportSize({ width: NARROW, height: 800 });
    }
  });

  it('is asked, and told what is wrong, within a view', async () => {
    const [, id = ''] = views.find(([area, , part]) => area === 'items' && part === 'edit') ?? [];
    await goToAll(page, ['items', id]);
    await page.locator('main .sheet .button.primary').click();
    await page.locator('main dd button').first().waitFor();
    await expectGood('an entry, shown');
    await page.locator('main .button.danger').click();
    await page.getByRole('dialog').waitFor();
    await expectGood('removal');
    await page.keyboard.press('Escape');
    for (const view of [
      ['items', 'new', 'bank-account'],
      ['documents', 'new', 'letter'],
      ['documents', 'upload'],
    ]) {
      await goToAll(page, view);
      await page.locator('main button[type=submit]').click();
      await page.locator('main [aria-invalid=true], main .wrong').first().waitFor();
      await expectGood(`${view.join('/')}, left empty`);
    }
    const { id: document } = await latest();
    await goToAll(page, ['documents', document]);
    for (const at of [0, 1]) {
      await page.locator('main > .row').last().getByRole('button').nth(at).click();
      await page.getByRole('dialog').waitFor();
      await expectGood(`document, question ${at}`);
      await page.keyboard.press('Escape');
    }
    await goToAll(page, ['account', 'sessions']);
    await page.locator('main > .row .danger').click();
    await page.getByRole('dialog').waitFor();
    await expectGood('sessions, question');
    await page.keyboard.press('Escape');
  });

  const latest = async () => {
    for await (const document of ada.vault.documents.list({ limit: 1 })) return document;
    throw new Error('no document');
  };
});
