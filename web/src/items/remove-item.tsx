import { type Item, type MaskedItem, TwinlockError } from '@twinlock/client';
import { inLanguages, useTexts } from '../languages.tsx';
import { go, href } from '../router.ts';
import { vault } from '../session.tsx';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { ErrorNotice } from '../ui/errors.tsx';
import { useSay } from '../ui/said.tsx';
import { useAction } from '../work.ts';

const texts = inLanguages({
  en: {
    title: 'Remove this for good?',
    text: 'It can’t be brought back. Documents that were made from it stay.',
    keep: 'Keep it',
    remove: 'Remove for good',
    removed: 'Removed.',
    look: 'See what is stored now',
  },
  de: {
    title: 'Endgültig entfernen?',
    text: 'Das lässt sich nicht zurückholen. Dokumente, die daraus entstanden sind, bleiben.',
    keep: 'Behalten',
    remove: 'Endgültig entfernen',
    removed: 'Entfernt.',
    look: 'Zeigen, was jetzt gespeichert ist',
  },
});

interface RemoveItemProps {
  readonly item: Item | MaskedItem;
  readonly onClose: () => void;
  /** It was changed elsewhere: someone should see first what they remove. */
  readonly onChanged: () => void;
}

export function RemoveItem({ item: { id, version }, onClose, onChanged }: RemoveItemProps) {
  const words = useTexts(texts);
  const say = useSay();
  const remove = useAction(async (signal) => {
    await vault.items.remove(id, { version, signal });
    return true;
  });
  const removeIt = async () => {
    if ((await remove.run()) !== true) return;
    say(words.removed);
    go(href('items'), { replace: true });
  };
  const isOther = remove.error instanceof TwinlockError && remove.error.code === 'precondition_failed';
  return (
    <Dialog title={words.title} onClose={onClose}>
      <p>{words.text}</p>
      <ErrorNotice error={remove.error} />
      <div class="row">
        <Button onClick={onClose}>{words.keep}</Button>
        {isOther ? (
          <Button kind="primary" onClick={onChanged}>
            {words.look}
          </Button>
        ) : (
          <Button kind="danger" busy={remove.busy} onClick={() => void removeIt()}>
            {words.remove}
          </Button>
        )}
      </div>
    </Dialog>
  );
}
