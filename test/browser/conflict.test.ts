import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { field, fill, follow, goTo, makeAccount, type Owner, press, see, seeTitle, signIn } from './people.ts';
import { openStage, type Person, picture, type Stage } from './stage.ts';

describe('one entry that is changed at two places', () => {
  let stage: Stage;
  let ada: Owner;
  let person: Person;
  /** Two tabs of one browser. */
  let here: Page;
  let there: Page;
  let id: string;

  beforeAll(async () => {
    stage = await openStage();
    ada = await makeAccount(stage, 'ada@example.com');
    person = await stage.enter();
    here = person.page;
    there = await person.tab();
    for (const tab of [here, there]) {
      await tab.bringToFront();
      await signIn(tab, ada.email);
    }
  });

  afterAll(() => stage.close());

  beforeEach(async () => {
    const data = { givenName: 'Ada', familyName: 'Example', birthPlace: 'London', nationality: 'GB' } as const;
    ({ id } = await ada.vault.items.create({ type: 'person', label: 'Me', data }));
    for (const tab of [there, here]) {
      await tab.bringToFront();
      await goTo(tab, 'items', id, 'edit');
      await field(tab, 'Given name').waitFor();
    }
  });

  afterEach(async () => {
    expect(person.faults).toEqual([]);
    for (const tab of [here, there]) await goTo(tab, 'items');
  });

  const stored = async () => {
    const { label, data } = await ada.vault.items.get(id);
    return { label, ...data };
  };

  /** What is to be chosen of a field. */
  const choice = (name: string) => here.getByRole('group', { name });

  /** Both have changed something, the other tab first. */
  const meet = async () => {
    await there.bringToFront();
    await fill(there, { 'Family name': 'Sample', 'Place of birth': 'Berlin' });
    await press(there, 'Save');
    await seeTitle(there, 'Me');
    await here.bringToFront();
    await fill(here, { 'Given name': 'Adele', 'Place of birth': 'Paris', Label: 'Myself' });
    await press(here, 'Save');
    await see(here, 'Two changes have met');
  };

  it('shows both, and stores what is chosen of each', async () => {
    await meet();
    for (const [name, texts] of [
      ['Given name', ['Adele', 'Ada']],
      ['Family name', ['Example', 'Sample']],
      ['Place of birth changed in both', ['Paris', 'Berlin']],
      ['Label', ['Myself', 'Me']],
    ] as const) {
      for (const text of texts) await choice(name).getByText(text, { exact: true }).waitFor();
    }
    expect(await here.getByRole('group').count()).toBe(4);
    // Each side's own change is chosen already; of both sides' the one that is being saved.
    expect(await choice('Given name').getByLabel('Mine').isChecked()).toBe(true);
    expect(await choice('Family name').getByLabel('Stored meanwhile').isChecked()).toBe(true);
    await choice('Place of birth').getByLabel('Stored meanwhile').check();
    await here.setViewportSize({ width: 1200, height: 1150 });
    await picture(here, 'conflict');
    await press(here, 'Save what is chosen');
    await seeTitle(here, 'Myself');
    expect(await stored()).toEqual({
      label: 'Myself',
      givenName: 'Adele',
      familyName: 'Sample',
      birthPlace: 'Berlin',
      nationality: 'GB',
    });
  });

  it('goes on in the form with what is chosen', async () => {
    await meet();
    await press(here, 'Take all of theirs');
    await choice('Given name').getByLabel('Mine').check();
    await press(here, 'Go on in the form');
    expect(await field(here, 'Family name').inputValue()).toBe('Sample');
    expect(await field(here, 'Given name').inputValue()).toBe('Adele');
    await fill(here, { 'Middle names': 'King' });
    await press(here, 'Save');
    await seeTitle(here, 'Me');
    expect(await stored()).toMatchObject({
      label: 'Me',
      givenName: 'Adele',
      middleNames: 'King',
      birthPlace: 'Berlin',
    });
  });

  it('shows a third change too, which comes while someone chooses', async () => {
    await meet();
    const item = await ada.vault.items.get(id);
    await ada.vault.items.replace(
      { id, version: item.version, type: 'person' },
      {
        data: { givenName: 'Augusta', familyName: 'Sample' },
      },
    );
    await press(here, 'Save what is chosen');
    await choice('Given name changed in both').getByText('Augusta').waitFor();
    await press(here, 'Take all of mine');
    await press(here, 'Save what is chosen');
    await seeTitle(here, 'Myself');
    expect(await stored()).toMatchObject({ givenName: 'Adele', familyName: 'Sample', birthPlace: 'Paris' });
  });

  it('asks nobody where both say the same', async () => {
    for (const tab of [there, here]) {
      await tab.bringToFront();
      await fill(tab, { 'Given name': 'Adele' });
      await press(tab, 'Save');
      await seeTitle(tab, 'Me');
    }
    expect(await stored()).toMatchObject({ givenName: 'Adele' });
  });

  it('loses nothing that was typed where the other has removed it', async () => {
    await there.bringToFront();
    await follow(there, 'Cancel');
    await press(there, 'Remove');
    await press(there.getByRole('dialog', { name: 'Remove this for good?' }), 'Remove for good');
    await see(there, 'Removed.');
    await here.bringToFront();
    await fill(here, { 'Given name': 'Adele', 'Place of birth': 'Paris' });
    await press(here, 'Save');
    await see(here, /^It was removed elsewhere in the meantime\. What stands here is not lost/);
    expect(await field(here, 'Given name').inputValue()).toBe('Adele');
    await press(here, 'Store as a new entry');
    await seeTitle(here, 'Me');
    await expect(ada.vault.items.get(id)).rejects.toMatchObject({ code: 'not_found' });
    id = here.url().split('/').at(-1) ?? '';
    expect(await stored()).toMatchObject({
      label: 'Me',
      givenName: 'Adele',
      familyName: 'Example',
      birthPlace: 'Paris',
    });
  });

  it('does not let go of what was typed without a question', async () => {
    await fill(here, { 'Given name': 'Adele' });
    await here.goBack();
    await press(here.getByRole('dialog', { name: 'Leave without saving?' }), 'Stay here');
    expect(await field(here, 'Given name').inputValue()).toBe('Adele');
    await follow(here, 'Documents');
    await press(here.getByRole('dialog', { name: 'Leave without saving?' }), 'Leave without saving');
    await field(here, 'Given name').waitFor({ state: 'detached' });
  });
});
