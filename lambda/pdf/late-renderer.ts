import { late } from '../domain/late.ts';
import type { Language } from '../domain/stationery.ts';
import type { DocumentRenderer, TemplateInfo } from '../ports/document-renderer.ts';
import { localeOf } from './locale.ts';
import { TEMPLATES } from './templates.ts';

/**
 * A renderer of the service's templates that is made when the first document is: its library and its fonts are most of
 * what a function would load. What is told of the templates needs neither.
 *
 * @param make is tried again after it failed
 */
export function createLateRenderer(language: Language, make: () => Promise<DocumentRenderer>): DocumentRenderer {
  let infos: readonly TemplateInfo[] | undefined;
  const made = late(make);
  return {
    get templates() {
      infos ??= TEMPLATES.map((template) => template.info(localeOf(language).texts));
      return infos;
    },

    render: async (request) => (await made()).render(request),
  };
}
