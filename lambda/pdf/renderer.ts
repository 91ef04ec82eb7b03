import { isOpenPassword } from '../domain/open-password.ts';
import { PLAIN_STATIONERY, type Stationery } from '../domain/stationery.ts';
import { InvalidRequestError } from '../errors.ts';
import type { DocumentRenderer } from '../ports/document-renderer.ts';
import type { FontSource } from './font-source.ts';
import type { House } from './house.ts';
import { localeOf } from './locale.ts';
import { isLogo } from './logo.ts';
import { Sheet } from './sheet.ts';
import type { Template } from './template.ts';
import { TEMPLATES } from './templates.ts';
import { createTypefaces } from './typefaces.ts';

export interface RendererOptions extends Partial<Stationery> {
  readonly fonts: FontSource;
  /** A PNG or JPEG file for the head of the service's own documents. @default none */
  readonly logo?: Uint8Array | null;
  /** @default those in `templates.ts` */
  readonly templates?: readonly Template[];
}

/**
 * Makes PDFs of the templates.
 *
 * @throws RangeError for a brand that no font shows, and for a logo that is no image
 */
export function createRenderer(options: RendererOptions): DocumentRenderer {
  const { brand, paper, language } = { ...PLAIN_STATIONERY, ...options };
  const { logo = null, templates = TEMPLATES } = options;
  const typefaces = createTypefaces(options.fonts);
  if (typefaces.runs(brand, 'bold') === null) throw new RangeError('no font shows the brand');
  if (logo !== null && !isLogo(logo)) throw new RangeError('the logo is no PNG or JPEG of at most 2000 pixels a side');
  const house: House = { brand, logo, paper, locale: localeOf(language) };
  const byId = new Map(templates.map((template) => [template.id, template]));
  return {
    templates: templates.map((template) => template.info(house.locale.texts)),

    async render(request) {
      const template = byId.get(request.template);
      if (template === undefined) {
        throw new InvalidRequestError([{ path: '/template', message: 'is not a template of this service' }]);
      }
      const { title, now, password } = request;
      if (password !== undefined && !isOpenPassword(password)) {
        throw new InvalidRequestError([
          { path: '/password', message: 'must be 8 characters to 127 bytes of plain text' },
        ]);
      }
      const { margins } = template;
      return template.render(request, () => new Sheet({ typefaces, house, title, now, margins, password }));
    },
  };
}
