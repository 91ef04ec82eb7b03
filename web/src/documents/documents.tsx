import { ChooseTemplate } from './choose-template.tsx';
import { DocumentList } from './document-list.tsx';
import { DocumentView } from './document-view.tsx';
import { NewDocument } from './new-document.tsx';
import { Upload } from './upload.tsx';

/** The area of documents: `new`, `new/<template>`, `upload`, or a document's id. */
export function Documents({ route }: { route: readonly string[] }) {
  const [view, template] = route;
  switch (view) {
    case undefined:
      return <DocumentList />;
    case 'new':
      return template === undefined ? <ChooseTemplate /> : <NewDocument key={template} id={template} />;
    case 'upload':
      return <Upload />;
    default:
      return <DocumentView key={view} id={view} />;
  }
}
