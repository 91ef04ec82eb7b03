import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { field, follow, goTo, makeAccount, type Owner, PASSWORD, press, seeTitle, signIn } from './people.ts';
import { openStage, type Person, type Stage } from './stage.ts';

describe('what a password manager and the browser fill in', () => {
  let stage: Stage;
  let ada: Owner;
  let person: Person;
  let page: Page;

  beforeAll(async () => {
    stage = await openStage();
    ada = await makeAccount(stage, 'ada@example.com');
    person = await stage.enter();
    ({ page } = person);
  });

  afterAll(() => stage.close());

  // Whoever came in before is out again: a page that is loaded anew has forgotten them.
  const comeAnew = async () => {
    await page.goto(stage.url);
    await page.reload();
  };

  afterEach(() => {
    expect(person.faults).toEqual([]);
  });

  /** The fields of the view's form, by what managers go by. */
  const fields = async () => {
    await page.locator('main form').waitFor();
    return page.evaluate<string[]>(`[...document.querySelectorAll('main form')].flatMap((form) =>
      [...form.elements].filter(({ type }) => type !== 'button' && type !== 'submit')
        .map(({ type, name, autocomplete }) => [type, name, autocomplete].join(' ')))`);
  };

  /** Sets values as managers do: past the page, which hears of it by events. */
  const put = (values: Readonly<Record<string, string>>) =>
    page.evaluate(
      `for (const [name, value] of Object.entries(${JSON.stringify(values)})) {
        const input = document.querySelector('main form').elements.namedItem(name);
        const { set } = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(input), 'value');
        set.call(input, value);
        for (const type of ['input', 'change']) input.dispatchEvent(new Event(type, { bubbles: true }));
      }`,
    );

  it('signs in', async () => {
    await comeAnew();
    expect(await fields()).toEqual(['text email username', 'password password current-password']);
    await put({ email: ada.email, password: PASSWORD });
    await press(page, 'Sign in');
    await seeTitle(page, 'My data');
  });

  it('makes an account with a password of its own', async () => {
    await comeAnew();
    await follow(page, 'Make an account');
    expect(await fields()).toEqual(['text email username', 'password password new-password']);
    await put({ email: 'made@example.com', password: 'Qx7-vR2m.Lw9+Tz4k' });
    await press(page, 'Next');
    await page.getByLabel(/^No recovery code/).check();
    await page.getByLabel(/^I understand/).check();
    await press(page, 'Make the account');
    await seeTitle(page, 'My data');
    await press(page, 'Sign out');
    await signIn(page, 'made@example.com', 'Qx7-vR2m.Lw9+Tz4k');
  });

  it('opens a vault by its recovery code, and keeps the new password', async () => {
    await comeAnew();
    await follow(page, 'Forgot the password?');
    expect(await fields()).toEqual([
      'text email username',
      'text recovery-code off',
      'password new-password new-password',
    ]);
  });

  it('knows whose password is changed, and which is which', async () => {
    await comeAnew();
    const { email, vault } = await makeAccount(stage, 'changes@example.com');
    await signIn(page, email);
    await goTo(page, 'account', 'password');
    expect(await fields()).toEqual([
      'text email username',
      'password current-password current-password',
      'password new-password new-password',
    ]);
    expect(await page.evaluate(`document.querySelector('[autocomplete=username]').value`)).toBe(email);
    await put({ 'current-password': PASSWORD, 'new-password': 'Qx7-vR2m.Lw9+Tz4k' });
    await press(page, 'Set the new password');
    await seeTitle(page, 'Account');
    await vault.signIn({ email, password: 'Qx7-vR2m.Lw9+Tz4k' });
  });

  describe('of someone who is signed in', () => {
    beforeAll(async () => {
      await comeAnew();
      await signIn(page, ada.email);
    });

    it.each([
      ['account/email', ['text email username', 'password password current-password']],
      ['account/recovery', ['password password current-password']],
      ['account/key', ['password password current-password']],
      ['account/delete', ['text confirmation off', 'password password current-password']],
    ])('gives the password where it is asked for once more: %s', async (view, expected) => {
      await goTo(page, ...view.split('/'));
      expect(await fields()).toEqual(expected);
    });

    it.each([
      ['person', ['given-name', 'family-name', 'additional-name', 'bday', 'off', 'off', 'off']],
      ['address', ['street-address', 'postal-code', 'address-level2', 'address-level1', 'country', 'off']],
      ['email', ['email', 'off']],
      ['phone', ['tel', 'off']],
      ['national-id', ['off', 'off', 'off', 'off', 'off']],
      ['passport', ['off', 'off', 'off', 'off', 'off']],
      ['bank-account', ['off', 'off', 'name', 'off']],
      ['payment-card', ['cc-number', 'cc-name', 'cc-exp-month', 'cc-exp-year', 'off']],
      ['note', ['off', 'off']],
    ])('fills in what it knows of a person: %s', async (type, tokens) => {
      await goTo(page, 'items', 'new', type);
      expect((await fields()).map((line) => line.split(' ').at(-1))).toEqual(tokens);
    });

    it('fills in an address and a card, which are stored as they stand', async () => {
      await goTo(page, 'items', 'new', 'address');
      await field(page, 'Country').waitFor();
      const address = { lines: '1 Sample Street\nBack house', postalCode: 'SW1A 1AA', city: 'London', country: 'GB' };
      await put(address);
      await press(page, 'Save');
      await seeTitle(page, 'Address');
      await page.getByRole('link', { name: 'Change', exact: true }).waitFor();
      await goTo(page, 'items', 'new', 'payment-card');
      await field(page, 'Card number').waitFor();
      await put({ number: '4111111111111111', holder: 'Ada Example', expiryMonth: '09', expiryYear: '2030' });
      await press(page, 'Save');
      await page.getByRole('link', { name: 'Change', exact: true }).waitFor();
      const stored: unknown[] = [];
      for await (const { data } of ada.vault.items.list({ reveal: true })) stored.push(data);
      expect(stored).toEqual([
        { ...address, lines: ['1 Sample Street', 'Back house'] },
        { number: '4111111111111111', holder: 'Ada Example', expiryMonth: 9, expiryYear: 2030 },
      ]);
    });
  });
});
