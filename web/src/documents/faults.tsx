import { type Template, TwinlockError } from '@twinlock/client';
import { useState } from 'preact/hooks';
import { inLanguages, useSpeech, useTexts } from '../languages.tsx';
import type { Begun } from './begun.ts';
import { daysOf } from './days.ts';
import { draftPath, type Fault, faultsOf } from './draft.ts';
import type { Shape } from './schema-fields.ts';
import { fieldTexts } from './template-texts.ts';

const texts = inLanguages({
  en: {
    empty: 'This is needed.',
    long: (most: number) => `Too long: at most ${most.toLocaleString('en')} characters.`,
    few: (least: number) => (least === 1 ? 'At least one is needed.' : `At least ${least} are needed.`),
    many: (most: number) => `At most ${most}.`,
    day: 'Give a whole date: day, month, year.',
    number: 'A number is needed, and it has limits.',
    form: 'This is not as it must be.',
    script: 'It holds characters that the document can’t show.',
    line: (number: number, fault: string) => `Line ${number}: ${fault}`,
    items: 'These don’t fit: choose again.',
    title: 'One line of at most 200 characters.',
    days: 'A number from 1 to 365.',
    password: 'At least 8 characters, and none that are out of the ordinary.',
  },
  de: {
    empty: 'Das wird gebraucht.',
    long: (most: number) => `Zu lang: höchstens ${most.toLocaleString('de')} Zeichen.`,
    few: (least: number) => (least === 1 ? 'Mindestens eins wird gebraucht.' : `Mindestens ${least} werden gebraucht.`),
    many: (most: number) => `Höchstens ${most}.`,
    day: 'Bitte ein ganzes Datum angeben: Tag, Monat, Jahr.',
    number: 'Gebraucht wird eine Zahl, und sie hat Grenzen.',
    form: 'Das ist nicht, wie es sein muss.',
    script: 'Hier sind Zeichen, die das Dokument nicht zeigen kann.',
    line: (number: number, fault: string) => `Zeile ${number}: ${fault}`,
    items: 'Das passt nicht: bitte neu wählen.',
    title: 'Eine Zeile mit höchstens 200 Zeichen.',
    days: 'Eine Zahl von 1 bis 365.',
    password: 'Mindestens 8 Zeichen, und keine ausgefallenen.',
  },
});

interface Checked {
  readonly template: Template;
  readonly shapes: readonly Shape[];
  readonly draft: Begun;
  readonly password: string;
  /** What the service said to the last try. */
  readonly error: unknown;
}

/** What is wrong with a draft, before it is sent and by what the service says, in words for each field. */
export function useErrorAt({ template, shapes, draft, password, error }: Checked) {
  const words = useTexts(texts);
  const { language } = useSpeech();
  const [shown, setShown] = useState(false);
  const own = ownFaults({ template, shapes, draft, password });
  const told = serviceFaults(error, draft);
  const strange = error instanceof TwinlockError && error.code === 'unsupported_script';

  const textOf = (fault: Fault, path: string, shape: Shape | undefined, names: string): string => {
    if (path === '/title') return words.title;
    if (path === '/retentionDays') return words.days;
    if (path === '/password') return words.password;
    if (fault === 'empty') return words.empty;
    if (shape === undefined) return words.items;
    if (shape.kind === 'text' && fault === 'long') return words.long(shape.max);
    if (shape.kind === 'list' && fault === 'few') return words.few(shape.least);
    if (shape.kind === 'list' && fault === 'many') return words.many(shape.most);
    const special = fieldTexts(template.id, names, null).fault?.[language];
    if (special !== undefined) return special;
    return shape.kind === 'day' || shape.kind === 'number' ? words[shape.kind] : words.form;
  };
  /** @param names by which the field's texts are found */
  const at = (path: string, shape?: Shape, names = ''): string | null => {
    const fault = shown ? own.get(path) : undefined;
    if (fault !== undefined) return textOf(fault, path, shape, names);
    if (told.has(path)) return strange ? words.script : textOf('form', path, shape, names);
    // Entries that are lines of one text have no field of their own: theirs tells which it is.
    if (shape?.kind !== 'list' || shape.entry.kind !== 'text') return null;
    const lines = [...(shown ? own : []), ...told].filter(([each]) => each.startsWith(`${path}/`));
    const [first] = lines;
    if (first === undefined) return null;
    const [line, kind] = first;
    const text = strange ? words.script : textOf(kind, line, shape.entry, names);
    return words.line(Number(line.slice(path.length + 1)) + 1, text);
  };
  return {
    /** Whether it can't be sent. */
    any: own.size > 0,
    show: () => {
      setShown(true);
    },
    at,
    /** The item of an input in which the service found fault; null for none, or no certain one. */
    itemIn: (input: string): string | null => itemIn(error, input, draft),
  };
}

function itemIn(error: unknown, input: string, draft: Begun): string | null {
  if (!(error instanceof TwinlockError)) return null;
  const { path } = error.issues.find((issue) => issue.path.startsWith(`/inputs/${input}/`)) ?? {};
  return draft.inputs[input]?.[Number(path?.split('/')[3])] ?? null;
}

function ownFaults({ template, shapes, draft, password }: Omit<Checked, 'error'>): Map<string, Fault> {
  const faults = faultsOf(shapes, draft.fields, '/fields');
  for (const { name, required } of template.inputs) {
    if (required && (draft.inputs[name] ?? []).length === 0) faults.set(`/inputs/${name}`, 'empty');
  }
  if (Array.from(draft.title.trim()).length > 200) faults.set('/title', 'long');
  if (daysOf(draft.days) === null) faults.set('/retentionDays', 'form');
  if (password !== '' && Array.from(password).length < 8) faults.set('/password', 'form');
  return faults;
}

/** Where the service found fault: of an input any part is the input's. */
function serviceFaults(error: unknown, draft: Begun): Map<string, Fault> {
  if (!(error instanceof TwinlockError)) return new Map();
  return new Map(
    error.issues.map(({ path }): [string, Fault] => {
      if (path.startsWith('/inputs/')) return [path.split('/').slice(0, 3).join('/'), 'form'];
      return [path.startsWith('/fields/') ? draftPath(path, draft.fields) : path, 'form'];
    }),
  );
}
