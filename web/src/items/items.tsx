import type { Route } from '../router.ts';
import { ChooseType } from './choose-type.tsx';
import { EditItem } from './edit-item.tsx';
import { itemTypeOf } from './fields.ts';
import { ItemList } from './item-list.tsx';
import { ItemView } from './item-view.tsx';
import { NewItem } from './new-item.tsx';

/** A person's data: `#/items`, `#/items/new`, `#/items/new/<type>`, `#/items/<id>`, `#/items/<id>/edit`. */
export function Items({ route: [id, part] }: { route: Route }) {
  if (id === undefined) return <ItemList />;
  if (id === 'new') {
    const type = itemTypeOf(part);
    return type === null ? <ChooseType /> : <NewItem key={type} type={type} />;
  }
  return part === 'edit' ? <EditItem key={id} id={id} /> : <ItemView key={id} id={id} />;
}
