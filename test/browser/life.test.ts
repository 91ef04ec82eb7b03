import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { TwinlockClient } from '../../client/src/main.ts';
import { readZip } from '../archive/read-zip.ts';
import {
  choose,
  field,
  fill,
  follow,
  PASSWORD,
  pdfOf,
  press,
  removeFiles,
  saved,
  see,
  seeTitle,
  sha256,
  signIn,
} from './people.ts';
import { openStage, type Person, picture, type Stage } from './stage.ts';

const EMAIL = 'ada@example.com';
const NEW_EMAIL = 'countess@example.com';
const NEW_PASSWORD = 'nine amber teapots wait';
const LAST_PASSWORD = 'two quiet harbours glow';
const MIB = 1024 * 1024;

// One life from its beginning to its end: each part stands on those before it.
describe('a life with the vault', () => {
  let stage: Stage;
  let ada: Person;
  let page: Page;
  let recoveryCode: string;

  beforeAll(async () => {
    stage = await openStage();
    ada = await stage.enter();
    ({ page } = ada);
  });

  afterAll(async () => {
    removeFiles();
    await stage.close();
  });

  afterEach(() => {
    expect(ada.faults).toEqual([]);
  });

  /** The same account by a program, which tells what the service has. */
  const program = async (email: string, password: string) => {
    const vault = new TwinlockClient({ baseUrl: stage.url });
    await vault.signIn({ email, password });
    return vault;
  };

  it('begins with an account, once its password is hard to guess', async () => {
    await follow(page, 'Make an account');
    await fill(page, { 'E-mail': EMAIL, 'New password': 'password1234567' });
    await see(page, /^Easy to guess: common words or names/);
    await press(page, 'Next');
    await page.getByLabel(/^No recovery code/).check();
    await page.getByLabel(/^I understand/).check();
    await press(page, 'Make the account');
    // The service has the last word, and the form is as it was.
    await see(page, 'The new password is too short, too common, or too much like the e-mail.');
    await fill(page, { 'New password': PASSWORD });
    await see(page, 'Good: hard to guess.');
    await press(page, 'Next');
  });

  it('goes on only when it is understood that a forgotten password loses the data', async () => {
    await seeTitle(page, 'If the password is forgotten');
    await press(page, 'Make the account');
    await see(page, 'Choose one of the two.');
    await page.getByLabel(/^Make a recovery code/).check();
    await press(page, 'Make the account');
    await see(page, 'This has to be understood first.');
    await page.getByLabel(/^I understand/).check();
    await page.setViewportSize({ width: 1200, height: 800 });
    await picture(page, 'register');
    await press(page, 'Make the account');
    await seeTitle(page, 'Keep the recovery code');
  });

  it('gives a recovery code, and lets nobody go on who has not kept it', async () => {
    const { name, bytes } = await saved(page, () => press(page, 'Save as a file'));
    recoveryCode = /^[A-Z0-9]{4,}(?:-[A-Z0-9]+)+$/m.exec(bytes.toString())?.[0] ?? '';
    expect(name).toBe('twinlock-recovery-code.txt');
    expect(await page.getByText(recoveryCode, { exact: true }).count()).toBe(1);
    await press(page, 'To my data');
    await see(page, 'First keep the code: it is not shown again.');
    await page.getByLabel('I have kept the code').check();
    await press(page, 'To my data');
    await see(page, 'Nothing is here yet. It takes three steps to a first document:');
  });

  /** From the list to a form, filled in and sent. */
  const add = async (
    type: string,
    values: Readonly<Record<string, string>>,
    countries: Record<string, string> = {},
  ) => {
    await follow(page, 'My data');
    const first = page.getByRole('link', { name: type, exact: true });
    await page.getByRole('link', { name: 'Add data', exact: true }).or(first).first().click();
    if (!(await page.getByRole('heading', { level: 1, name: type, exact: true }).isVisible())) await first.click();
    await seeTitle(page, type);
    await fill(page, values);
    for (const [label, country] of Object.entries(countries)) await field(page, label).selectOption(country);
    await press(page, 'Save');
    await page.getByRole('link', { name: 'Change', exact: true }).waitFor();
  };

  it('takes what people are, in the forms in which they write it', async () => {
    await add('Person', { 'Given name': 'Ada', 'Family name': 'Example', 'Date of birth': '1990-12-10', Label: 'Me' });
    await add(
      'Address',
      { 'Street and number': '1 Sample Street\nBack house', 'Postal code': '10115', 'Town or city': 'Berlin' },
      { Country: 'Germany' },
    );
    await add('Bank account', { IBAN: 'de89 3704 0044 0532 0130 00', 'Account holder': 'Ada Example', Label: 'Wages' });
    await add(
      'Passport',
      { 'Passport number': 'C01X00T47', 'Issued on': '2024-02-29', 'Expires on': '2034-02-28' },
      { 'Issued by': 'Germany' },
    );
    await follow(page, 'My data');
    await follow(page, 'Add data');
    await follow(page, 'Telephone number');
    await fill(page, { 'Telephone number': '030 123456' });
    await press(page, 'Save');
    await see(page, 'Begin with + and the country’s code, like +44 20 7946 0000.');
    await fill(page, { 'Telephone number': '0049 (0)30 123456' });
    await see(page, 'Stored as +4930123456');
    await press(page, 'Save');
    await see(page, 'Saved.');
    const vault = await program(EMAIL, PASSWORD);
    const stored: unknown[] = [];
    for await (const { data } of vault.items.list({ reveal: true })) stored.push(data);
    await vault.signOut();
    expect(stored).toEqual(
      expect.arrayContaining([
        { givenName: 'Ada', familyName: 'Example', birthDate: '1990-12-10' },
        { lines: ['1 Sample Street', 'Back house'], postalCode: '10115', city: 'Berlin', country: 'DE' },
        { iban: 'DE89370400440532013000', holder: 'Ada Example' },
        { number: 'C01X00T47', country: 'DE', issuedOn: '2024-02-29', expiresOn: '2034-02-28' },
        { number: '+4930123456' },
      ]),
    );
    expect(stored).toHaveLength(5);
  });

  it('lists them masked, and shows one whole when asked to', async () => {
    await follow(page, 'My data');
    await see(page, '5 entries');
    await see(page, /•.*3000$/);
    expect(await page.content()).not.toMatch(/3704|Sample|Example|123456|C01X/);
    await picture(page, 'items');
    await page.getByRole('link', { name: /^Wages/ }).click();
    await see(page, /•.*3000$/);
    await press(page, 'Show');
    await see(page, 'DE89 3704 0044 0532 0130 00');
    await press(page, 'Hide');
    await see(page, /•.*3000$/);
    expect(await page.content()).not.toContain('3704');
  });

  it('changes one', async () => {
    await follow(page, 'Change');
    await fill(page, { Label: 'Savings', BIC: 'cobadeffxxx' });
    await press(page, 'Save');
    await seeTitle(page, 'Savings');
    await press(page, 'Show');
    await see(page, 'COBADEFFXXX');
    await see(page, 'DE89 3704 0044 0532 0130 00');
  });

  it('makes a letter of them, which stands in the page and can be saved', async () => {
    await follow(page, 'Documents');
    await follow(page, 'Make a document');
    await follow(page, 'Letter');
    await fill(page, {
      Recipient: 'Example plc\n1 Sample Square\n12345 Sampleton',
      Subject: 'A change of address',
      Text: 'Dear all,\n\nfrom the first of December I live in Berlin.\n\nYours sincerely',
      Title: 'Move to Berlin',
    });
    await press(page, 'Make the document');
    await seeTitle(page, 'Move to Berlin');
    const shown = page.getByTitle('PDF: Move to Berlin');
    await shown.waitFor();
    const save = page.getByRole('link', { name: 'Save', exact: true });
    const source = await shown.getAttribute('src');
    expect(source).toMatch(/^blob:/);
    expect(source?.split('#')[0]).toBe(await save.getAttribute('href'));
    await picture(page, 'document');
    const { name, bytes } = await saved(page, () => save.click());
    expect(name).toBe('Move to Berlin.pdf');
    expect(bytes.subarray(0, 5).toString()).toBe('%PDF-');
    expect(bytes.toString('latin1')).toContain('(Move to Berlin)');
    const vault = await program(EMAIL, PASSWORD);
    const [id = ''] = page.url().split('/').slice(-1);
    expect(sha256(bytes)).toBe((await vault.documents.get(id)).sha256);
    expect(bytes.equals(await (await vault.documents.content(id)).bytes())).toBe(true);
    await vault.signOut();
  });

  it('takes a PDF of 9 MiB, and tells how far it has come', async () => {
    const pdf = pdfOf(9 * MIB);
    let goOn = () => {};
    const held = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    await page.route('**/parts/5', async (route) => {
      await held;
      await route.continue();
    });
    await follow(page, 'Documents');
    await follow(page, 'Add a PDF');
    await choose(page, 'PDF', 'Tenancy_agreement.pdf', pdf);
    await press(page, 'Store it');
    await see(page, '8.4 MB of 9.4 MB stored');
    await page.getByRole('progressbar').waitFor();
    goOn();
    await seeTitle(page, 'Tenancy agreement');
    const { bytes } = await saved(page, () => follow(page, 'Save'));
    expect(sha256(bytes)).toBe(sha256(pdf));
    await page.unroute('**/parts/5');
  });

  it('tells of all that was done, and that nothing of it is missing', async () => {
    await follow(page, 'Activity');
    await see(page, /^Checked: everything from within a year is here/);
    const deeds = page.getByRole('listitem');
    for (const deed of ['The account was made', 'An entry was changed', 'An entry was shown whole'])
      expect(await deeds.filter({ hasText: deed }).count()).toBeGreaterThan(0);
    expect(await deeds.filter({ hasText: 'An entry was stored' }).count()).toBe(5);
    expect(await deeds.filter({ hasText: 'A document was made or added' }).count()).toBe(2);
  });

  it('knows where the account is signed in, and ends what is elsewhere', async () => {
    const other = await stage.enter();
    await signIn(other.page, EMAIL);
    await follow(page, 'Account');
    await see(page, 'at 2 places');
    await follow(page, 'Sessions See where the account is signed in, and end it');
    const elsewhere = page.getByRole('listitem').filter({ hasNotText: 'This session' });
    await elsewhere.getByRole('button').click();
    await see(page, 'The session is ended.');
    await other.page.getByRole('link', { name: 'Activity', exact: true }).click();
    await see(other.page, 'The session has ended. Sign in again to go on.');
    expect(other.faults).toEqual([]);
    await other.context.close();
  });

  const accountView = async (name: RegExp) => {
    await follow(page, 'Account');
    await page.getByRole('link', { name }).click();
  };

  it('gets a new password, and the old one opens nothing any more', async () => {
    await accountView(/^Password Set/);
    await fill(page, { 'Current password': NEW_PASSWORD, 'New password': NEW_PASSWORD });
    await press(page, 'Set the new password');
    await see(page, 'That is not the password.');
    await fill(page, { 'Current password': PASSWORD });
    await press(page, 'Set the new password');
    await see(page, 'The new password is set.');
    await press(page, 'Sign out');
    await fill(page, { 'E-mail': EMAIL, Password: PASSWORD });
    await press(page, 'Sign in');
    await see(page, 'E-mail and password, or code, do not open an account.');
    await signIn(page, EMAIL, NEW_PASSWORD);
  });

  it('is entered by a new e-mail', async () => {
    await accountView(/^E-mail Sign in/);
    await fill(page, { 'New e-mail': NEW_EMAIL, Password: NEW_PASSWORD });
    await press(page, 'Change the e-mail');
    await see(page, NEW_EMAIL);
    await press(page, 'Sign out');
    await signIn(page, NEW_EMAIL, NEW_PASSWORD);
  });

  it('moves all to a new lock, under which it is read as before', async () => {
    await accountView(/^New lock/);
    await fill(page, { Password: NEW_PASSWORD });
    await press(page, 'Lock all afresh');
    await see(page, 'All is under the new lock.');
    await follow(page, 'My data');
    await page.getByRole('link', { name: /^Savings/ }).click();
    await press(page, 'Show');
    await see(page, 'DE89 3704 0044 0532 0130 00');
    const vault = await program(NEW_EMAIL, NEW_PASSWORD);
    expect(await vault.account.get()).toMatchObject({ keyVersion: 2, rotating: false });
    await vault.signOut();
  });

  it('is taken along in one file', async () => {
    await accountView(/^Take the data along/);
    const { name, bytes } = await saved(page, () => press(page, 'Make the file'));
    await see(page, 'The file is saved.');
    expect(name).toMatch(/\.zip$/);
    const entries = new Map(readZip(bytes).map((entry) => [entry.name, entry.body]));
    expect(entries.get('items.json')?.toString()).toContain('DE89370400440532013000');
    expect([...entries.keys()].filter((path) => path.startsWith('documents/'))).toHaveLength(2);
  });

  it('is opened by the recovery code where the password is forgotten', async () => {
    await ada.context.close();
    ada = await stage.enter();
    ({ page } = ada);
    await follow(page, 'Forgot the password?');
    await fill(page, {
      'E-mail': NEW_EMAIL,
      'Recovery code': recoveryCode.toLowerCase(),
      'New password': LAST_PASSWORD,
    });
    await press(page, 'Set the new password');
    await seeTitle(page, 'The new password is set');
    expect(await page.getByText(recoveryCode, { exact: true }).count()).toBe(0);
    await page.getByLabel('I have kept the code').check();
    await press(page, 'To my data');
    await see(page, '5 entries');
  });

  it('ends with a receipt, and then nothing opens it', async () => {
    await accountView(/^Delete the account/);
    const confirmation = `To be sure, type the account’s e-mail: ${NEW_EMAIL}`;
    await fill(page, { [confirmation]: EMAIL, Password: LAST_PASSWORD });
    await press(page, 'Delete everything for good');
    await see(page, 'That is not the e-mail of this account.');
    await fill(page, { [confirmation]: NEW_EMAIL });
    await press(page, 'Delete everything for good');
    await see(page, /^Deleted on .*: 5 items and 2 documents\. None of it can be opened any more\.$/);
    await see(page, /^Receipt: \w{26}$/);
    await fill(page, { 'E-mail': NEW_EMAIL, Password: LAST_PASSWORD });
    await press(page, 'Sign in');
    await see(page, 'E-mail and password, or code, do not open an account.');
  });
});
