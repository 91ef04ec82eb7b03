import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { goTo, PASSWORD, see, seeTitle } from './people.ts';
import { openStage, type Person, type Stage } from './stage.ts';

describe('the keyboard alone', () => {
  let stage: Stage;
  let person: Person;
  let page: Page;

  beforeAll(async () => {
    stage = await openStage();
    person = await stage.enter();
    ({ page } = person);
  });

  afterAll(() => stage.close());

  afterEach(() => {
    expect(person.faults).toEqual([]);
  });

  /** What has the focus, by its role-like name, and whether the eye can tell. */
  const focused = () =>
    page.evaluate<{ name: string; isSeen: boolean }>(`(() => {
      const element = document.activeElement;
      // Past the last the browser's own frame has it.
      if (element === document.body) return { name: '', isSeen: false };
      const { outlineStyle, outlineWidth } = getComputedStyle(element);
      // In a date the browser marks the part that has the focus.
      const isMarked = element.type === 'date' || (outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2);
      const label = element.labels?.[0]?.textContent ?? element.getAttribute('aria-label') ?? element.textContent;
      return { name: label.trim(), isSeen: isMarked };
    })()`);

  /** Goes on by Tab until something has the focus, seen each time. */
  const tabTo = async (name: string | RegExp) => {
    const passed: string[] = [];
    for (let steps = 0; steps < 80; steps++) {
      await page.keyboard.press('Tab');
      const { name: at, isSeen } = await focused();
      passed.push(at);
      if (at !== '') expect([at, isSeen]).toEqual([at, true]);
      if (typeof name === 'string' ? at === name : name.test(at)) return;
    }
    throw new Error(`not to be reached: ${String(name)}; passed ${passed.join(' | ')}`);
  };

  /** A view is there with a text of its own, and something in it has the focus: its title, or its first field. */
  const arrive = async (title: string, text: string = title) => {
    await seeTitle(page, title);
    await see(page, text);
    await page.locator('h1:focus, input:focus').waitFor();
  };

  const type = async (label: string, text: string) => {
    await tabTo(label);
    await page.keyboard.type(text);
  };

  it('makes an account', async () => {
    await arrive('Sign in');
    await tabTo('Make an account');
    await page.keyboard.press('Enter');
    await arrive('Make an account');
    // The first field has the focus already.
    await page.keyboard.type('ada@example.com');
    await type('New password', PASSWORD);
    await page.keyboard.press('Enter');
    await arrive('If the password is forgotten');
    await tabTo(/^Make a recovery code/);
    await page.keyboard.press('Space');
    await tabTo(/^I understand/);
    await page.keyboard.press('Space');
    await tabTo('Make the account');
    await page.keyboard.press('Enter');
    await arrive('Keep the recovery code');
    await tabTo('I have kept the code');
    await page.keyboard.press('Space');
    await tabTo('To my data');
    await page.keyboard.press('Enter');
    await arrive('My data', 'Add a person');
  });

  it('stores who someone is, and where they live', async () => {
    await tabTo('Add a person');
    await page.keyboard.press('Enter');
    await arrive('Person', 'Given name');
    await type('Given name', 'Ada');
    await type('Family name', 'Example');
    await tabTo('Save');
    await page.keyboard.press('Space');
    await arrive('Person', 'A•••');
    await tabTo('← My data');
    await page.keyboard.press('Enter');
    await arrive('My data', 'Add data');
    await tabTo('Add data');
    await page.keyboard.press('Enter');
    await arrive('Add data');
    await tabTo('Address');
    await page.keyboard.press('Enter');
    await arrive('Address', 'Street and number');
    await type('Street and number', '1 Sample Street');
    await type('Town or city', 'Berlin');
    await type('Country', 'Germany');
    await tabTo('Save');
    await page.keyboard.press('Enter');
    await see(page, '1•••');
  });

  it('makes a document, and comes by it', async () => {
    await tabTo('Documents');
    await page.keyboard.press('Enter');
    await arrive('Documents', 'Make a document');
    await tabTo('Make a document');
    await page.keyboard.press('Enter');
    await arrive('New document', 'Letter');
    await tabTo('Letter');
    await page.keyboard.press('Enter');
    await arrive('Letter', 'Recipient');
    await type('Recipient', 'Example plc');
    await type('Subject', 'A change of address');
    await type('Text', 'Dear all');
    await tabTo('Make the document');
    await page.keyboard.press('Enter');
    await page.getByTitle('PDF: Letter').waitFor();
    await tabTo('Save');
  });

  it('keeps the focus in a question, and gives it back', async () => {
    await page.getByRole('button', { name: 'Delete …' }).focus();
    await page.keyboard.press('Enter');
    const question = page.getByRole('dialog', { name: 'Delete this document?' });
    await question.waitFor();
    for (let steps = 0; steps < 5; steps++) {
      await page.keyboard.press('Tab');
      // Past the last the browser's own frame has it, never the page beneath.
      expect(await page.evaluate('document.activeElement.matches("dialog *, dialog, body")')).toBe(true);
    }
    await page.keyboard.press('Escape');
    await question.waitFor({ state: 'detached' });
    expect(await focused()).toEqual({ name: 'Delete …', isSeen: true });
  });

  it('skips what stands on every page', async () => {
    await goTo(page, 'activity');
    await page.evaluate('document.activeElement.blur()');
    await page.keyboard.press('Shift+Tab');
    await page.getByRole('link', { name: 'To the content' }).focus();
    await page.keyboard.press('Enter');
    expect((await focused()).name).toBe('Activity');
    expect(page.url()).toMatch(/#\/activity$/);
  });

  it('speaks another language at once, and names the page in it', async () => {
    await page.getByLabel('Language').selectOption('de');
    await seeTitle(page, 'Verlauf');
    expect(await page.title()).toBe('Verlauf · Twinlock');
    expect(await page.evaluate('document.documentElement.lang')).toBe('de');
    await page.getByLabel('Sprache').selectOption('en');
    await seeTitle(page, 'Activity');
  });
});
