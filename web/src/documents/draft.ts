import type { Shape } from './schema-fields.ts';

/** What a person has filled in so far: by field a text, yes or no, or more fields. */
export type Draft = string | boolean | readonly Draft[] | DraftGroup;

export interface DraftGroup {
  readonly [name: string]: Draft;
}

/** Why a field can't be sent: `empty` where something must stand, `long`, `few` or `many` entries, `form` for all else. */
export type Fault = 'empty' | 'long' | 'few' | 'many' | 'form';

/** A field with nothing in it; a list has as many entries as it needs. */
export function blank(shape: Shape): Draft {
  switch (shape.kind) {
    case 'text':
    case 'day':
    case 'choice':
    case 'number':
      return '';
    case 'flag':
      return false;
    case 'group':
      return blankGroup(shape.fields);
    case 'list':
      return Array.from({ length: shape.least }, () => blank(shape.entry));
  }
}

export function blankGroup(shapes: readonly Shape[]): DraftGroup {
  return Object.fromEntries(shapes.map((shape) => [shape.name, blank(shape)]));
}

/** What is sent of a group: fields with nothing in them are left out. */
export function filledGroup(shapes: readonly Shape[], draft: DraftGroup): Record<string, unknown> {
  const entries = shapes.map((shape) => [shape.name, filled(shape, draft[shape.name])] as const);
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
}

function filled(shape: Shape, draft: Draft | undefined): unknown {
  switch (shape.kind) {
    case 'text':
      return (shape.long ? withoutEnds(textOf(draft)) : textOf(draft).trim()) || undefined;
    case 'day':
    case 'choice':
      return textOf(draft) || undefined;
    case 'number':
      return textOf(draft) === '' ? undefined : Number(draft);
    case 'flag':
      return draft === true || shape.required ? draft === true : undefined;
    case 'group': {
      if (!shape.required && isBlank(draft)) return undefined;
      return filledGroup(shape.fields, groupOf(draft));
    }
    case 'list': {
      const entries = listOf(draft).flatMap((entry) => (isBlank(entry) ? [] : [filled(shape.entry, entry)]));
      return entries.length > 0 || shape.required ? entries : undefined;
    }
  }
}

/** What keeps a group from being sent, by JSON pointer under `path`. Of a list, entries with nothing in them do not count. */
export function faultsOf(shapes: readonly Shape[], draft: DraftGroup, path: string): Map<string, Fault> {
  const faults = new Map<string, Fault>();
  for (const shape of shapes) addFaults(faults, shape, draft[shape.name], `${path}/${shape.name}`);
  return faults;
}

function addFaults(faults: Map<string, Fault>, shape: Shape, draft: Draft | undefined, path: string): void {
  const value = filled(shape, draft);
  switch (shape.kind) {
    case 'group':
      if (value === undefined) return;
      for (const field of shape.fields) addFaults(faults, field, groupOf(draft)[field.name], `${path}/${field.name}`);
      return;
    case 'list': {
      const count = Array.isArray(value) ? value.length : 0;
      if (count < shape.least) faults.set(path, 'few');
      if (count > shape.most) faults.set(path, 'many');
      listOf(draft).forEach((entry, index) => {
        if (!isBlank(entry)) addFaults(faults, shape.entry, entry, `${path}/${index}`);
      });
      return;
    }
    default: {
      if (value === undefined) {
        if (shape.required) faults.set(path, 'empty');
        return;
      }
      const fault = leafFault(shape, value);
      if (fault !== null) faults.set(path, fault);
    }
  }
}

function leafFault(shape: Exclude<Shape, { kind: 'group' | 'list' }>, value: unknown): Fault | null {
  switch (shape.kind) {
    case 'text': {
      const text = String(value);
      if (text.length > shape.max) return 'long';
      return text.length >= shape.min && shape.patterns.every((pattern) => pattern.test(text)) ? null : 'form';
    }
    case 'number': {
      const number = Number(value);
      const within = number >= (shape.least ?? -Infinity) && number <= (shape.most ?? Infinity);
      return within && (!shape.whole || Number.isInteger(number)) ? null : 'form';
    }
    case 'choice':
      return shape.choices.includes(String(value)) ? null : 'form';
    case 'day':
    case 'flag':
      return null;
  }
}

/** Of a list's entries, as the service counts them, where each stands in the draft: it gets none with nothing in them. */
export function draftPath(path: string, draft: DraftGroup): string {
  let place: Draft | undefined = draft;
  const parts = path.split('/').slice(2);
  const found = parts.map((part) => {
    if (Array.isArray(place)) {
      const indexes: number[] = place.flatMap((entry: Draft, index: number) => (isBlank(entry) ? [] : [index]));
      const index: number = indexes[Number(part)] ?? Number(part);
      place = (place as readonly Draft[])[index];
      return String(index);
    }
    place = groupOf(place)[part];
    return part;
  });
  return `/fields/${found.join('/')}`;
}

function isBlank(draft: Draft | undefined): boolean {
  if (draft === undefined || draft === false) return true;
  if (typeof draft === 'string') return draft.trim() === '';
  return typeof draft === 'object' && Object.values(draft).every(isBlank);
}

/** Without the empty lines before a text, and what can't be seen after it. */
function withoutEnds(text: string): string {
  return text.replace(/^(?:[^\S\n]*\n)+/, '').trimEnd();
}

export function textOf(draft: Draft | undefined): string {
  return typeof draft === 'string' ? draft : '';
}

export function listOf(draft: Draft | undefined): readonly Draft[] {
  return Array.isArray(draft) ? (draft as readonly Draft[]) : [];
}

export function groupOf(draft: Draft | undefined): DraftGroup {
  return typeof draft === 'object' && !Array.isArray(draft) ? (draft as DraftGroup) : {};
}
