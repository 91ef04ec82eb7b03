import { useRef } from 'preact/hooks';
import { inLanguages, useFormats, useSpeech, useTexts } from '../languages.tsx';
import { Button } from '../ui/button.tsx';
import { CheckField, SelectField, TextAreaField, TextField } from '../ui/field.tsx';
import { blank, type Draft, type DraftGroup, groupOf, listOf, textOf } from './draft.ts';
import { useKeptFocus } from './kept-focus.ts';
import type { ChoiceShape, GroupShape, ListShape, Shape } from './schema-fields.ts';
import { fieldTexts } from './template-texts.ts';

const texts = inLanguages({
  en: {
    choose: 'Choose …',
    without: 'Without',
    add: (label: string) => `Add: ${label}`,
    remove: 'Remove',
    removeOf: (label: string) => `Remove: ${label}`,
  },
  de: {
    choose: 'Bitte wählen …',
    without: 'Ohne',
    add: (label: string) => `Hinzufügen: ${label}`,
    remove: 'Entfernen',
    removeOf: (label: string) => `Entfernen: ${label}`,
  },
});

interface SchemaFieldProps<S extends Shape = Shape> {
  readonly template: string;
  readonly shape: S;
  /** Where it stands in the request, as `/fields/details/0/label`. */
  readonly path: string;
  /** By which names its texts are found, as `details/label`. */
  readonly names: string;
  readonly draft: Draft | undefined;
  readonly onDraft: (draft: Draft) => void;
  /** What is wrong at a path; null for nothing. */
  readonly errorAt: (path: string, shape: Shape, names: string) => string | null;
}

/** The inputs for one field of a template. */
export function SchemaField(props: SchemaFieldProps) {
  const { language } = useSpeech();
  const { template, shape, path, names, draft, onDraft, errorAt } = props;
  const { label, hint } = fieldTexts(template, names, shape.hint);
  const common = {
    label: label[language],
    hint: hint?.[language],
    error: errorAt(path, shape, names),
    required: shape.required,
    value: textOf(draft),
    onValue: onDraft,
  };
  switch (shape.kind) {
    case 'text':
      return shape.long ? <TextAreaField {...common} rows={shape.max > 2000 ? 10 : 4} /> : <TextField {...common} />;
    case 'day':
      return <TextField {...common} type="date" />;
    case 'number':
      return <TextField {...common} inputMode={shape.whole ? 'numeric' : 'decimal'} />;
    case 'choice':
      return <ChoiceField {...props} shape={shape} />;
    case 'flag':
      return <CheckField label={common.label} checked={draft === true} onChecked={onDraft} />;
    case 'group':
      return (
        <fieldset>
          <legend>{common.label}</legend>
          <GroupFields {...props} shape={shape} />
        </fieldset>
      );
    case 'list':
      // Lines of a text are quicker to write than fields are to add.
      return shape.entry.kind === 'text' && !shape.entry.long ? (
        <TextAreaField
          {...common}
          required={shape.least > 0}
          rows={4}
          value={listOf(draft).map(textOf).join('\n')}
          onValue={(text) => {
            onDraft(text.split('\n'));
          }}
        />
      ) : (
        <ListField {...props} shape={shape} />
      );
  }
}

function ChoiceField({ template, shape, path, names, draft, onDraft, errorAt }: SchemaFieldProps<ChoiceShape>) {
  const words = useTexts(texts);
  const { language } = useSpeech();
  const { country } = useFormats();
  const { label, hint, choices } = fieldTexts(template, names, shape.hint);
  const options = shape.choices.map((value) => ({
    value,
    text: shape.countries ? country(value) : (choices?.[value]?.[language] ?? value),
  }));
  if (shape.countries) options.sort((one, other) => one.text.localeCompare(other.text, language));
  return (
    <SelectField
      label={label[language]}
      hint={hint?.[language]}
      error={errorAt(path, shape, names)}
      required={shape.required}
      value={textOf(draft)}
      onValue={onDraft}
      options={[{ value: '', text: shape.required ? words.choose : words.without }, ...options]}
    />
  );
}

function GroupFields({ shape, path, names, draft, onDraft, ...rest }: SchemaFieldProps<GroupShape>) {
  const group: DraftGroup = groupOf(draft);
  return (
    <>
      {shape.fields.map((field) => (
        <SchemaField
          key={field.name}
          {...rest}
          shape={field}
          path={`${path}/${field.name}`}
          names={`${names}/${field.name}`}
          draft={group[field.name]}
          onDraft={(value) => {
            onDraft({ ...group, [field.name]: value });
          }}
        />
      ))}
    </>
  );
}

function ListField({ shape, path, names, draft, onDraft, ...rest }: SchemaFieldProps<ListShape>) {
  const words = useTexts(texts);
  const { language } = useSpeech();
  const entries = listOf(draft);
  const label = fieldTexts(rest.template, names, null).label[language];
  const error = rest.errorAt(path, shape, names);
  const place = useRef<HTMLFieldSetElement>(null);
  useKeptFocus(place, entries.length);
  return (
    <fieldset ref={place}>
      <legend>{label}</legend>
      {error === null ? null : <p class="error">{error}</p>}
      {entries.map((entry, index) => {
        const field = {
          ...rest,
          path: `${path}/${index}`,
          names,
          draft: entry,
          onDraft: (value: Draft) => {
            onDraft(entries.with(index, value));
          },
        };
        return (
          <div key={index} class="entry">
            {shape.entry.kind === 'group' ? (
              <GroupFields {...field} shape={shape.entry} />
            ) : (
              <SchemaField {...field} shape={shape.entry} />
            )}
            <Button
              kind="quiet"
              aria-label={words.removeOf(`${label} ${index + 1}`)}
              onClick={() => {
                onDraft(entries.filter((_, each) => each !== index));
              }}
            >
              {words.remove}
            </Button>
          </div>
        );
      })}
      {entries.length < shape.most ? (
        <div class="row">
          <Button
            onClick={() => {
              onDraft([...entries, blank(shape.entry)]);
            }}
          >
            {words.add(label)}
          </Button>
        </div>
      ) : null}
    </fieldset>
  );
}
