import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { field, fill, follow, makeAccount, type Owner, press, see, seeTitle, signIn } from './people.ts';
import { openStage, type Person, type Stage } from './stage.ts';

const MINUTE_MS = 60_000;
const IBAN = 'DE89 3704 0044 0532 0130 00';
/** What of the entry is to be found nowhere in a page that has forgotten it. */
const SHOWN = /3704|0130|Example|Wages/;

describe('a page that is signed in', () => {
  let stage: Stage;
  let ada: Owner;
  let person: Person;
  let page: Page;
  let accounts = 0;

  beforeAll(async () => {
    stage = await openStage();
  });

  afterAll(() => stage.close());

  beforeEach(async () => {
    ada = await makeAccount(stage, `ada${++accounts}@example.com`);
    const data = { iban: 'DE89370400440532013000', holder: 'Ada Example' };
    await ada.vault.items.create({ type: 'bank-account', label: 'Wages', data });
    person = await stage.enter();
    ({ page } = person);
  });

  afterEach(async () => {
    expect(person.faults).toEqual([]);
    expect(await kept()).toEqual({ cookies: [], origins: [], caches: 0, databases: 0, workers: 0, history: '[null]' });
    await person.context.close();
  });

  /** What the browser would have of it after the page is closed. */
  const kept = async () => ({
    ...(await person.context.storageState({ indexedDB: true })),
    ...(await page.evaluate<object>(`Promise.all([
      caches.keys(), indexedDB.databases(), navigator.serviceWorker.getRegistrations()
    ]).then(([one, two, three]) => ({
      caches: one.length, databases: two.length, workers: three.length, history: JSON.stringify([history.state]),
    }))`)),
  });

  /** Signs in and shows the entry whole. */
  const show = async () => {
    await signIn(page, ada.email);
    await page.getByRole('link', { name: /^Wages/ }).click();
    await press(page, 'Show');
    await see(page, IBAN);
    expect(await page.content()).toMatch(SHOWN);
  };

  const seeNothing = async () => {
    await seeTitle(page, 'Sign in');
    expect(await page.content()).not.toMatch(SHOWN);
    expect(await page.title()).toBe('Sign in · Twinlock');
  };

  it('forgets what it showed when its session is over, and says why', async () => {
    await show();
    await follow(page, 'Change');
    await fill(page, { 'Account holder': 'Ada Wages Example' });
    stage.passTime(31 * MINUTE_MS);
    await press(page, 'Save');
    await see(page, 'The session has ended. Sign in again to go on.');
    await seeNothing();
    await fill(page, { 'E-mail': ada.email, Password: 'seven grey lanterns hum' });
    await press(page, 'Sign in');
    // Where they were, and what is stored.
    await seeTitle(page, 'Change data');
    expect(await field(page, 'Account holder').inputValue()).toBe('Ada Example');
    expect(await kept()).toMatchObject({ cookies: [], origins: [] });
  });

  it('forgets it when it is ended from elsewhere', async () => {
    await show();
    const session = (await ada.vault.sessions.list()).find(({ current }) => !current);
    await ada.vault.sessions.end(session?.id ?? '');
    await page.getByRole('link', { name: 'Account', exact: true }).click();
    await see(page, 'The session has ended. Sign in again to go on.');
    await seeNothing();
  });

  it('signs out whoever is away, after a question', async () => {
    await page.clock.install();
    await show();
    await page.clock.fastForward('09:01');
    const question = page.getByRole('dialog', { name: 'Are you still there?' });
    await question.getByText(/signs out in \d+ seconds and forgets what it shows/).waitFor();
    await press(question, 'Stay signed in');
    await question.waitFor({ state: 'detached' });
    // The page looks each second.
    await page.clock.fastForward('00:01');
    await page.clock.fastForward('08:45');
    expect(await question.count()).toBe(0);
    await page.clock.fastForward('00:20');
    await question.waitFor();
    await page.clock.fastForward('01:00');
    await see(page, 'Nobody was here for 10 minutes, so the page signed out.');
    await seeNothing();
  });

  it('hides an entry again after a minute', async () => {
    await page.clock.install();
    await show();
    await see(page, /^Hidden again in \d+ s\.$/);
    await page.clock.fastForward('01:01');
    await page.getByText(IBAN).waitFor({ state: 'detached' });
    expect(await page.content()).not.toContain('3704');
  });

  it('forgets all when someone signs out, and the way back leads nowhere', async () => {
    await show();
    await press(page, 'Sign out');
    await see(page, 'You signed out.');
    await seeNothing();
    expect(await ada.vault.sessions.list()).toHaveLength(1);
    await page.goBack();
    await seeNothing();
    await page.goto('about:blank');
    await page.goBack();
    await seeNothing();
  });

  it('is signed out when it is loaded anew', async () => {
    await show();
    await page.reload();
    await seeNothing();
  });
});
