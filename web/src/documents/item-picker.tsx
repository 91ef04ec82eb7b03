import type { ItemType, MaskedItem, Template } from '@twinlock/client';
import { useId } from 'preact/hooks';
import { TYPE_TEXTS } from '../items/fields.ts';
import { inLanguages, useSpeech, useTexts } from '../languages.tsx';
import { href } from '../router.ts';
import { Button } from '../ui/button.tsx';
import { CheckField, SelectField } from '../ui/field.tsx';
import { useItemLine } from './item-line.tsx';
import { inputLabel } from './template-texts.ts';

const texts = inLanguages({
  en: {
    optional: 'optional',
    choose: 'Choose …',
    without: 'Without',
    none: 'The vault holds nothing of this kind yet.',
    add: (type: string) => `Add: ${type}`,
    addAny: 'Add data',
    all: 'All',
    nothing: 'None',
    allOf: (input: string) => `All: ${input}`,
    nothingOf: (input: string) => `None: ${input}`,
    chosen: (count: number, total: number) => `${count} of ${total} chosen`,
  },
  de: {
    optional: 'freiwillig',
    choose: 'Bitte wählen …',
    without: 'Ohne',
    none: 'Davon ist noch nichts im Tresor.',
    add: (type: string) => `Hinzufügen: ${type}`,
    addAny: 'Daten hinzufügen',
    all: 'Alle',
    nothing: 'Keine',
    allOf: (input: string) => `Alle: ${input}`,
    nothingOf: (input: string) => `Keine: ${input}`,
    chosen: (count: number, total: number) => `${count} von ${total} gewählt`,
  },
});

interface PickerProps {
  readonly template: string;
  readonly input: Template['inputs'][number];
  /** Items of all types. */
  readonly choices: readonly MaskedItem[];
  readonly chosen: readonly string[];
  readonly onChosen: (ids: readonly string[]) => void;
  readonly error: string | null;
  /** The item that the error is about; null where that is plain, or not known. */
  readonly wrong: string | null;
}

/** Asks which items go into one input of a template. */
export function ItemPicker({ template, input, choices, chosen, onChosen, error, wrong }: PickerProps) {
  const words = useTexts(texts);
  const { language } = useSpeech();
  const line = useItemLine();
  const { itemTypes, many, required } = input;
  const label = inputLabel(template, input.name)[language];
  const fitting = choices.filter(({ type }) => itemTypes.includes(type));
  if (fitting.length === 0 || many) {
    return <ManyItems {...{ label, fitting, chosen, onChosen, error, wrong, required, itemTypes }} />;
  }
  const options = fitting.map((item) => ({ value: item.id, text: line(item, { withType: itemTypes.length > 1 }) }));
  return (
    <div class="picker">
      <SelectField
        label={label}
        required={required}
        error={error}
        value={chosen[0] ?? ''}
        onValue={(id) => {
          onChosen(id === '' ? [] : [id]);
        }}
        options={[{ value: '', text: required ? words.choose : words.without }, ...options]}
      />
      <AddLinks types={itemTypes} />
    </div>
  );
}

interface ManyProps extends Pick<PickerProps, 'chosen' | 'onChosen' | 'error' | 'wrong'> {
  readonly label: string;
  readonly fitting: readonly MaskedItem[];
  readonly required: boolean;
  readonly itemTypes: readonly ItemType[];
}

/** Any number of items; or none, where there is none to choose. */
function ManyItems({ label, fitting, chosen, onChosen, error, wrong, required, itemTypes }: ManyProps) {
  const words = useTexts(texts);
  const line = useItemLine();
  const id = useId();
  const withType = itemTypes.length > 1;
  const named = fitting.find((item) => item.id === wrong);
  return (
    <fieldset
      class={`${fitting.length > 0 ? 'wide' : ''} ${error === null ? '' : 'wrong'}`}
      aria-describedby={`${id}-error`}
    >
      <legend>
        {label}
        {required ? null : <span class="aside"> ({words.optional})</span>}
      </legend>
      <p class="error" id={`${id}-error`}>
        {error} {named && error !== null ? line(named, { withType }) : null}
      </p>
      {fitting.length === 0 ? (
        <p class="aside">{words.none}</p>
      ) : (
        <>
          <div class="row">
            <Button
              aria-label={words.allOf(label)}
              onClick={() => {
                onChosen(fitting.map((item) => item.id));
              }}
            >
              {words.all}
            </Button>
            <Button
              aria-label={words.nothingOf(label)}
              onClick={() => {
                onChosen([]);
              }}
            >
              {words.nothing}
            </Button>
            <span class="aside" role="status">
              {words.chosen(chosen.length, fitting.length)}
            </span>
          </div>
          <div class="choices">
            {fitting.map((item) => (
              <CheckField
                key={item.id}
                label={line(item, { withType })}
                checked={chosen.includes(item.id)}
                onChecked={(checked) => {
                  onChosen(checked ? [...chosen, item.id] : chosen.filter((each) => each !== item.id));
                }}
              />
            ))}
          </div>
        </>
      )}
      <AddLinks types={itemTypes} />
    </fieldset>
  );
}

/** More than so many types are not named one by one. */
const NAMED = 2;

/** Leads to where what is lacking can be added. */
function AddLinks({ types }: { types: readonly ItemType[] }) {
  const words = useTexts(texts);
  const { language } = useSpeech();
  return (
    <p class="row hint">
      {types.length > NAMED ? (
        <a href={href('items', 'new')}>{words.addAny}</a>
      ) : (
        types.map((type) => (
          <a key={type} href={href('items', 'new', type)}>
            {words.add(TYPE_TEXTS[language][type])}
          </a>
        ))
      )}
    </p>
  );
}
