import type { MaskedItem, Template } from '@twinlock/client';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { inLanguages, useTexts } from '../languages.tsx';
import { go, href } from '../router.ts';
import { vault } from '../session.tsx';
import { PasswordField, TextField } from '../ui/field.tsx';
import { Form } from '../ui/form.tsx';
import { useSay } from '../ui/said.tsx';
import { useAction } from '../work.ts';
import { type Begun, begunDocument, forgetBegun, keepBegun } from './begun.ts';
import { daysOf, USUAL_DAYS } from './days.ts';
import { blankGroup, filledGroup } from './draft.ts';
import { useErrorAt } from './faults.tsx';
import { ItemPicker } from './item-picker.tsx';
import { SchemaField } from './schema-field.tsx';
import { fieldsOf } from './schema-fields.ts';

const texts = inLanguages({
  en: {
    title: 'Title',
    titleHint: 'By it the document is found. Left empty: what kind of document it is.',
    days: 'Days to keep it',
    daysHint: 'From 1 to 365. Then it is removed by itself.',
    password: 'Password for the PDF',
    passwordHint: 'At least 8 characters. It is kept nowhere: whoever forgets it can’t open the PDF any more.',
    make: 'Make the document',
    done: 'The document is made.',
  },
  de: {
    title: 'Titel',
    titleHint: 'Danach wird das Dokument gefunden. Bleibt er leer: die Art des Dokuments.',
    days: 'Tage, die es aufbewahrt wird',
    daysHint: 'Von 1 bis 365. Danach wird es von selbst entfernt.',
    password: 'Passwort für das PDF',
    passwordHint: 'Mindestens 8 Zeichen. Es wird nirgends aufbewahrt: Wer es vergisst, kann das PDF nicht mehr öffnen.',
    make: 'Dokument erstellen',
    done: 'Das Dokument ist erstellt.',
  },
});

interface DocumentFormProps {
  readonly template: Template;
  /** The items that its inputs may take. */
  readonly choices: readonly MaskedItem[];
}

/** Asks for what a document is made from, makes it, and goes to it. */
export function DocumentForm({ template, choices }: DocumentFormProps) {
  const words = useTexts(texts);
  const say = useSay();
  const form = useRef<HTMLDivElement>(null);
  const shapes = useMemo(() => fieldsOf(template.fields), [template]);
  const [draft, setDraft] = useState(() => firstDraft(template, choices));
  const [password, setPassword] = useState('');
  const making = useAction((signal) =>
    vault.documents.generate(
      {
        template: template.id,
        inputs: Object.fromEntries(
          template.inputs.flatMap(({ name, many }) => {
            const [first, ...more] = draft.inputs[name] ?? [];
            return first === undefined ? [] : [[name, many ? [first, ...more] : first]];
          }),
        ),
        fields: filledGroup(shapes, draft.fields),
        retentionDays: daysOf(draft.days) ?? USUAL_DAYS,
        ...(draft.title.trim() !== '' && { title: draft.title.trim() }),
        ...(password !== '' && { password }),
      },
      { signal },
    ),
  );
  const faults = useErrorAt({ template, shapes, draft, password, error: making.error });

  // What is wrong is shown by the focus too, once it is on the page.
  const [tries, setTries] = useState(0);
  useEffect(() => {
    if (tries > 0) form.current?.querySelector<HTMLElement>('.wrong :is(input, select, textarea, button, a)')?.focus();
  }, [tries]);

  const change = (part: Partial<Begun>) => {
    const next = { ...draft, ...part };
    keepBegun(next);
    setDraft(next);
  };
  const make = async () => {
    faults.show();
    const document = faults.any ? undefined : await making.run();
    setTries((count) => count + 1);
    if (document === undefined) return;
    forgetBegun();
    say(words.done);
    go(href('documents', document.id), { replace: true });
  };
  return (
    <div ref={form} class="sheet">
      <Form submit={words.make} busy={making.busy} error={making.error} onSubmit={() => void make()}>
        <div class="columns">
          {template.inputs.map((input) => (
            <ItemPicker
              key={input.name}
              template={template.id}
              input={input}
              choices={choices}
              chosen={draft.inputs[input.name] ?? []}
              onChosen={(ids) => {
                change({ inputs: { ...draft.inputs, [input.name]: ids } });
              }}
              error={faults.at(`/inputs/${input.name}`)}
              wrong={faults.itemIn(input.name)}
            />
          ))}
        </div>
        {shapes.map((shape) => (
          <SchemaField
            key={shape.name}
            template={template.id}
            shape={shape}
            path={`/fields/${shape.name}`}
            names={shape.name}
            draft={draft.fields[shape.name]}
            onDraft={(value) => {
              change({ fields: { ...draft.fields, [shape.name]: value } });
            }}
            errorAt={faults.at}
          />
        ))}
        <hr />
        <TextField
          label={words.title}
          hint={words.titleHint}
          error={faults.at('/title')}
          value={draft.title}
          onValue={(title) => {
            change({ title });
          }}
        />
        <div class="columns">
          <TextField
            label={words.days}
            hint={words.daysHint}
            error={faults.at('/retentionDays')}
            required
            inputMode="numeric"
            value={draft.days}
            onValue={(days) => {
              change({ days });
            }}
          />
          <PasswordField
            label={words.password}
            hint={words.passwordHint}
            error={faults.at('/password')}
            required={false}
            autocomplete="new-password"
            name="pdf-password"
            value={password}
            onValue={setPassword}
          />
        </div>
      </Form>
    </div>
  );
}

/** What was begun before, or a form that is filled in as far as there is one answer only. */
function firstDraft(template: Template, choices: readonly MaskedItem[]): Begun {
  const before = begunDocument();
  const begun = before?.template === template.id ? before : null;
  const inputs = template.inputs.map(({ name, itemTypes, many, required }) => {
    const fitting = choices.filter(({ type }) => itemTypes.includes(type)).map(({ id }) => id);
    const chosen = begun?.inputs[name]?.filter((id) => fitting.includes(id));
    const obvious = required && (many || fitting.length === 1) ? fitting : [];
    return [name, chosen === undefined || (chosen.length === 0 && !many) ? obvious : chosen] as const;
  });
  return {
    template: template.id,
    title: begun?.title ?? '',
    days: begun?.days ?? String(template.retentionDays ?? USUAL_DAYS),
    inputs: Object.fromEntries(inputs),
    fields: begun?.fields ?? blankGroup(fieldsOf(template.fields)),
  };
}
