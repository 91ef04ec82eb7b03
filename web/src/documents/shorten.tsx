import type { Document } from '@twinlock/client';
import { useState } from 'preact/hooks';
import { inLanguages, useFormats, useTexts } from '../languages.tsx';
import { vault } from '../session.tsx';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { TextField } from '../ui/field.tsx';
import { Form } from '../ui/form.tsx';
import { useSay } from '../ui/said.tsx';
import { useAction } from '../work.ts';
import { endOfDay, localDay } from './days.ts';
import { isGone } from './gone.ts';

const texts = inLanguages({
  en: {
    title: 'Remove it sooner',
    text: (end: string) => `Now it is kept until ${end}. A sooner end can’t be taken back.`,
    day: 'Last day',
    hint: 'It is removed at the end of this day.',
    fault: 'A day from today on, and not later than it is kept now.',
    save: 'Set this end',
    cancel: 'Leave it',
    done: (end: string) => `It is kept until ${end}.`,
  },
  de: {
    title: 'Früher entfernen',
    text: (end: string) => `Jetzt wird es bis ${end} aufbewahrt. Ein früheres Ende lässt sich nicht zurücknehmen.`,
    day: 'Letzter Tag',
    hint: 'Entfernt wird es am Ende dieses Tages.',
    fault: 'Ein Tag ab heute und nicht später, als es jetzt aufbewahrt wird.',
    save: 'Dieses Ende setzen',
    cancel: 'So lassen',
    done: (end: string) => `Es wird bis ${end} aufbewahrt.`,
  },
});

interface ShortenProps {
  readonly document: Document;
  readonly onChanged: (document: Document) => void;
  readonly onClose: () => void;
  readonly onGone: () => void;
}

/** Asks for a sooner end of a document. */
export function Shorten({ document, onChanged, onClose, onGone }: ShortenProps) {
  const words = useTexts(texts);
  const { moment } = useFormats();
  const say = useSay();
  const [today] = useState(() => localDay(new Date()));
  const last = localDay(new Date(document.expiresAt));
  const [day, setDay] = useState(last);
  const [wrong, setWrong] = useState(false);
  const saving = useAction(async (signal) => {
    const end = Math.min(endOfDay(day).getTime(), Date.parse(document.expiresAt));
    try {
      const changed = await vault.documents.shorten(document.id, new Date(end), { signal });
      onChanged(changed);
      say(words.done(moment(changed.expiresAt)));
      onClose();
    } catch (error) {
      if (isGone(error)) onGone();
      throw error;
    }
  });
  return (
    <Dialog title={words.title} onClose={onClose}>
      <p>{words.text(moment(document.expiresAt))}</p>
      <Form
        submit={words.save}
        busy={saving.busy}
        error={saving.error}
        onSubmit={() => {
          const bad = day < today || day > last;
          setWrong(bad);
          if (!bad) void saving.run();
        }}
        beside={<Button onClick={onClose}>{words.cancel}</Button>}
      >
        <TextField
          label={words.day}
          hint={words.hint}
          error={wrong ? words.fault : null}
          type="date"
          required
          value={day}
          onValue={setDay}
        />
      </Form>
    </Dialog>
  );
}
