import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { Page, Route } from 'playwright-core';
import {
  choose,
  field,
  fill,
  follow,
  goTo,
  makeAccount,
  type Owner,
  pdfOf,
  press,
  removeFiles,
  saved,
  see,
  seeTitle,
  sha256,
  signIn,
} from './people.ts';
import { openStage, type Person, type Stage } from './stage.ts';

const MIB = 1024 * 1024;

describe('a network that fails', () => {
  let stage: Stage;
  let ada: Owner;
  let person: Person;
  let page: Page;

  beforeAll(async () => {
    stage = await openStage();
    ada = await makeAccount(stage, 'ada@example.com');
    person = await stage.enter();
    ({ page } = person);
    await signIn(page, ada.email);
  });

  afterAll(async () => {
    removeFiles();
    await stage.close();
  });

  afterEach(async () => {
    expect(person.faults).toEqual([]);
    await page.unrouteAll({ behavior: 'ignoreErrors' });
  });

  /** Sends a PDF by the page's form: in parts of 2 MiB. */
  const send = async (pdf: Buffer, title: string) => {
    await follow(page, 'Documents');
    await follow(page, 'Add a PDF');
    await choose(page, 'PDF', `${title}.pdf`, pdf);
    await press(page, 'Store it');
  };

  const expectWhole = async (pdf: Buffer, title: string) => {
    await seeTitle(page, title);
    const { bytes } = await saved(page, () => follow(page, 'Save'));
    expect(sha256(bytes)).toBe(sha256(pdf));
  };

  it('holds up an upload, which ends whole when it is back', async () => {
    const pdf = pdfOf(5 * MIB);
    let came = 0;
    let lose = () => {};
    const loss = new Promise<void>((resolve) => {
      lose = resolve;
    });
    // One part comes; the two after it are on their way together.
    await page.route('**/parts/*', async (route) => {
      if (++came === 1 || came > 3) return route.continue();
      if (came === 3) await person.context.setOffline(true).then(lose);
      await loss;
      return route.abort();
    });
    // The calls of two parts fail, those that ask what has come, and one more.
    let fails = 0;
    const gone = page.waitForEvent('requestfailed', {
      predicate: (request) => request.method() === 'GET' && request.url().includes('/v1/uploads/') && ++fails > 8,
      timeout: 90_000,
    });
    await send(pdf, 'Through a tunnel');
    await loss;
    await see(page, 'The connection is lost. This goes on when it is back.');
    await gone;
    await person.context.setOffline(false);
    await expectWhole(pdf, 'Through a tunnel');
    expect(came).toBeGreaterThan(3);
  });

  it('loses single parts and answers, and what is stored is whole all the same', async () => {
    const pdf = pdfOf(5 * MIB);
    const seen = new Set<string>();
    await page.route('**/parts/*', async (route) => {
      const url = route.request().url();
      if (seen.has(url)) return route.continue();
      seen.add(url);
      if (url.endsWith('/2')) return route.abort();
      return url.endsWith('/3') ? losesAnswer(route) : route.continue();
    });
    await send(pdf, 'With losses');
    await expectWhole(pdf, 'With losses');
    expect(seen.size).toBe(3);
  });

  it('gives an upload up when someone wants that, and nothing of it stays', async () => {
    let goOn = () => {};
    const held = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    await page.route('**/parts/3', async (route) => {
      await held;
      await route.continue().catch(() => undefined);
    });
    await send(pdfOf(5 * MIB), 'Given up');
    await see(page, '4.2 MB of 5.2 MB stored');
    const removed = page.waitForResponse((response) => response.request().method() === 'DELETE');
    await press(page, 'Cancel');
    expect((await removed).status()).toBe(204);
    goOn();
    await field(page, 'Title').waitFor();
    expect(await field(page, 'Title').inputValue()).toBe('Given up');
    for await (const { title } of ada.vault.documents.list()) expect(title).not.toBe('Given up');
  });

  /** The service does what it was asked to, and nobody hears of it. */
  const losesAnswer = async (route: Route) => {
    await route.fetch();
    await route.abort();
  };

  const countOf = async (label: string) => {
    let count = 0;
    for await (const _ of ada.vault.items.search({ label })) count++;
    return count;
  };

  const write = async (label: string) => {
    await goTo(page, 'items', 'new', 'note');
    await fill(page, { Text: 'The key is with the neighbour.', Label: label });
    await press(page, 'Save');
  };

  it('loses an answer, and the entry is stored once', async () => {
    let tries = 0;
    await page.route('**/v1/items', (route) => (++tries === 1 ? losesAnswer(route) : route.continue()));
    await write('once');
    await seeTitle(page, 'once');
    expect(tries).toBe(2);
    expect(await countOf('once')).toBe(1);
  });

  it('loses every answer until someone saves again, and the entry is stored once', async () => {
    let isLost = true;
    await page.route('**/v1/items', (route) => (isLost ? losesAnswer(route) : route.continue()));
    await write('again');
    await see(page, 'The service can’t be reached. Check the connection, and try again.');
    expect(await field(page, 'Text').inputValue()).toBe('The key is with the neighbour.');
    isLost = false;
    await press(page, 'Save');
    await seeTitle(page, 'again');
    expect(await countOf('again')).toBe(1);
  });

  it('waits as long as a busy service asks for, and goes on by itself', async () => {
    const times: number[] = [];
    await page.route('**/v1/account/activity', (route) => {
      times.push(Date.now());
      if (times.length > 1) return route.continue();
      return route.fulfill({
        status: 503,
        contentType: 'application/problem+json',
        headers: { 'retry-after': '1' },
        body: JSON.stringify({ code: 'temporarily_unavailable', status: 503, requestId: 'request-1' }),
      });
    });
    await follow(page, 'Activity');
    await see(page, /^Checked:/);
    const [first = 0, second = 0] = times;
    expect(second - first).toBeGreaterThanOrEqual(1000);
  });

  it('tells of a service that stays away, and tries again when asked to', async () => {
    await page.route('**/v1/account/activity', (route) => route.abort());
    await follow(page, 'Account');
    await follow(page, 'Activity');
    await see(page, 'The service can’t be reached. Check the connection, and try again.');
    await page.unroute('**/v1/account/activity');
    await press(page, 'Try again');
    await see(page, /^Checked:/);
  });
});
