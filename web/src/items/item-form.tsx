import { type ItemType, TwinlockError } from '@twinlock/client';
import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { inLanguages, useSpeech, useTexts } from '../languages.tsx';
import { TextField } from '../ui/field.tsx';
import { Form } from '../ui/form.tsx';
import { type Draft, faultsOf } from './draft.ts';
import { FieldInput } from './field-input.tsx';
import { ITEM_FIELDS, LABEL_TEXT } from './fields.ts';
import { KINDS } from './kinds.ts';

const texts = inLanguages({
  en: {
    missing: 'This is needed.',
    labelHint:
      'A name of your own to find it by, like “work” or “parents”. It is always shown: put nothing secret into it.',
    labelWrong: 'One line of 200 characters at most.',
  },
  de: {
    missing: 'Das wird gebraucht.',
    labelHint:
      'Ein eigener Name zum Wiederfinden, wie „Arbeit“ oder „Eltern“. Sie ist immer zu sehen: Geheimes gehört nicht hinein.',
    labelWrong: 'Eine Zeile mit höchstens 200 Zeichen.',
  },
});

interface ItemFormProps {
  readonly type: ItemType;
  readonly draft: Draft;
  /** Gets what is to become of the draft: whoever fills in several fields at once, as password managers do, loses none. */
  readonly onDraft: (change: (draft: Draft) => Draft) => void;
  readonly countries: readonly string[];
  readonly submit: string;
  /** Called only without a fault. */
  readonly onSubmit: () => unknown;
  readonly busy: boolean;
  readonly error: unknown;
  readonly beside: ComponentChildren;
}

/** The form of an item, whatever its type. A wrong text is told of when its field is left, a missing one when it is sent. */
export function ItemForm({ type, draft, onDraft, countries, submit, onSubmit, busy, error, beside }: ItemFormProps) {
  const words = useTexts(texts);
  const { language } = useSpeech();
  const [left, setLeft] = useState<ReadonlySet<string>>(new Set());
  const [tries, setTries] = useState(0);
  const fields = useRef<HTMLDivElement>(null);
  const faults = faultsOf(type, draft);
  useEffect(() => {
    if (tries > 0) fields.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
  }, [tries]);
  // What the service refuses is shown at its field too, once its answer is there.
  useEffect(() => {
    if (isAtField(error)) setTries((count) => count + 1);
  }, [error]);

  const errorOf = (name: string, wrong: string) => {
    const fault = faults.get(name);
    if (fault === 'missing') return tries > 0 ? words.missing : null;
    const isTold = (fault === 'wrong' && (tries > 0 || left.has(name))) || refuses(error, name);
    return isTold ? wrong : null;
  };
  return (
    <Form
      submit={submit}
      busy={busy}
      error={error}
      beside={beside}
      onSubmit={() => {
        if (faults.size > 0) setTries((count) => count + 1);
        else onSubmit();
      }}
    >
      <div
        class="form"
        ref={fields}
        onFocusOut={(event) => {
          const { name } = event.target as HTMLInputElement;
          setLeft((before) => new Set([...before, name]));
        }}
      >
        {ITEM_FIELDS[type].map((field) => (
          <FieldInput
            key={field.name}
            field={field}
            value={draft.typed[field.name] ?? ''}
            countries={countries}
            error={errorOf(field.name, KINDS[field.kind].wrong[language])}
            onValue={(value) => {
              onDraft((before) => ({ ...before, typed: { ...before.typed, [field.name]: value } }));
            }}
          />
        ))}
        <TextField
          label={LABEL_TEXT[language]}
          hint={words.labelHint}
          name="label"
          error={errorOf('label', words.labelWrong)}
          value={draft.label}
          onValue={(label) => {
            onDraft((before) => ({ ...before, label }));
          }}
        />
      </div>
    </Form>
  );
}

function isAtField(error: unknown): boolean {
  return error instanceof TwinlockError && error.issues.length > 0;
}

/** Whether the service found a fault in a field, or in a part of it. */
function refuses(error: unknown, name: string): boolean {
  const path = name === 'label' ? '/label' : `/data/${name}`;
  return error instanceof TwinlockError && error.issues.some((issue) => `${issue.path}/`.startsWith(`${path}/`));
}
