import { InvalidRequestError } from '../errors.ts';
import type { DocumentRenderer } from '../ports/document-renderer.ts';
import type { FontSource } from './font-source.ts';
import { Sheet } from './sheet.ts';
import { TEMPLATES } from './templates.ts';
import { createTypefaces } from './typefaces.ts';

export interface RendererOptions {
  readonly fonts: FontSource;
  /** The name that stands at the head of the service's own documents; "Twinlock" by default. */
  readonly brand?: string;
}

/** Makes PDFs of the templates in `templates.ts`; the same request makes the same bytes. */
export function createRenderer({ fonts, brand = 'Twinlock' }: RendererOptions): DocumentRenderer {
  const typefaces = createTypefaces(fonts);
  if (typefaces.runs(brand, 'bold') === null) throw new RangeError('no font shows the brand');
  const templates = new Map(TEMPLATES.map((template) => [template.info.id, template]));
  return {
    templates: TEMPLATES.map((template) => template.info),

    async render(request) {
      const template = templates.get(request.template);
      if (template === undefined) {
        throw new InvalidRequestError([{ path: '/template', message: 'is not a template of this service' }]);
      }
      const { title, now } = request;
      return template.render(request, brand, () => new Sheet({ typefaces, title, now, margins: template.margins }));
    },
  };
}
