import type { ItemType } from '@twinlock/client';
import { useEffect, useRef, useState } from 'preact/hooks';
import { inLanguages, useFormats, useTexts } from '../languages.tsx';
import { Button } from '../ui/button.tsx';
import { Form } from '../ui/form.tsx';
import { Notice } from '../ui/notice.tsx';
import { type Content, contentOfItem } from './draft.ts';
import type { Clash } from './editing.ts';
import { ITEM_FIELDS } from './fields.ts';
import { type Difference, differences, merged, type Side } from './merge.ts';
import { useFieldText, useValueText } from './value.tsx';

const texts = inLanguages({
  en: {
    title: 'Two changes have met',
    text: (when: string) =>
      `Someone stored another change ${when}, while this one was being typed. Neither is lost: choose for each field what is to stand.`,
    allMine: 'Take all of mine',
    allTheirs: 'Take all of theirs',
    mine: 'Mine',
    theirs: 'Stored meanwhile',
    both: 'changed in both',
    empty: 'empty',
    store: 'Save what is chosen',
    edit: 'Go on in the form',
    same: 'Everything else is the same in both.',
  },
  de: {
    title: 'Zwei Änderungen treffen aufeinander',
    text: (when: string) =>
      `Eine andere Änderung wurde ${when} gespeichert, während diese entstand. Keine ist verloren: Für jedes Feld ist zu wählen, was gelten soll.`,
    allMine: 'Alles von hier',
    allTheirs: 'Alles von dort',
    mine: 'Von hier',
    theirs: 'Inzwischen gespeichert',
    both: 'beiderseits geändert',
    empty: 'leer',
    store: 'Auswahl speichern',
    edit: 'Im Formular weiter',
    same: 'Alles andere ist auf beiden Seiten gleich.',
  },
});

interface ConflictProps {
  readonly type: ItemType;
  readonly clash: Clash;
  readonly busy: boolean;
  readonly error: unknown;
  readonly onStore: (content: Content) => unknown;
  readonly onEdit: (content: Content) => void;
}

/** Two changes of one item side by side, to choose from field by field. */
export function Conflict({ type, clash: { base, mine, theirs }, busy, error, onStore, onEdit }: ConflictProps) {
  const words = useTexts(texts);
  const { relative } = useFormats();
  const heading = useRef<HTMLHeadingElement>(null);
  const other = contentOfItem(theirs);
  const found = differences(type, base, mine, other);
  const [sides, setSides] = useState<Readonly<Record<string, Side>>>(() =>
    Object.fromEntries(found.map(({ name, side }) => [name, side])),
  );
  const takeAll = (side: Side) => {
    setSides(Object.fromEntries(found.map(({ name }) => [name, side])));
  };
  useEffect(() => {
    heading.current?.focus();
  }, []);
  const chosen = () => merged(type, mine, other, sides);
  return (
    <section class="sheet">
      <h2 ref={heading} tabIndex={-1}>
        {words.title}
      </h2>
      <Notice kind="warn">{words.text(relative(theirs.updatedAt))}</Notice>
      <div class="row">
        <Button
          onClick={() => {
            takeAll('mine');
          }}
        >
          {words.allMine}
        </Button>
        <Button
          onClick={() => {
            takeAll('theirs');
          }}
        >
          {words.allTheirs}
        </Button>
      </div>
      <Form
        label={words.title}
        submit={words.store}
        busy={busy}
        error={error}
        onSubmit={() => onStore(chosen())}
        beside={
          <Button
            onClick={() => {
              onEdit(chosen());
            }}
          >
            {words.edit}
          </Button>
        }
      >
        {found.map((difference) => (
          <Choice
            key={difference.name}
            type={type}
            difference={difference}
            side={sides[difference.name] ?? difference.side}
            onSide={(side) => {
              setSides({ ...sides, [difference.name]: side });
            }}
          />
        ))}
        <p class="aside">{words.same}</p>
      </Form>
    </section>
  );
}

interface ChoiceProps {
  readonly type: ItemType;
  readonly difference: Difference;
  readonly side: Side;
  readonly onSide: (side: Side) => void;
}

function Choice({ type, difference, side, onSide }: ChoiceProps) {
  const words = useTexts(texts);
  const fieldText = useFieldText(type);
  const textOf = useValueText();
  const { name, both } = difference;
  const kind = ITEM_FIELDS[type].find((field) => field.name === name)?.kind ?? 'line';
  return (
    <fieldset>
      <legend>
        {fieldText(name)} {both ? <span class="badge warn">{words.both}</span> : null}
      </legend>
      <div class="columns">
        {(['mine', 'theirs'] as const).map((one) => (
          <label key={one} class={one === side ? 'check side chosen' : 'check side'}>
            <input
              type="radio"
              name={`side-${name}`}
              checked={one === side}
              onChange={() => {
                onSide(one);
              }}
            />
            <span>
              <small>{words[one]}</small>
              <span class="text">{textOf(kind, difference[one]) || <em>{words.empty}</em>}</span>
            </span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}
