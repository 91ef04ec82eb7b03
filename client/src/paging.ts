/** A list: its elements by `for await`, its pages by `pages()`, and one page at a time by `page()`. */
export class Paged<T, P extends { readonly nextCursor: string | null }> implements AsyncIterable<T> {
  readonly #page: (cursor: string | undefined) => Promise<P>;
  readonly #elements: (page: P) => readonly T[];

  /** @internal */
  constructor(page: (cursor: string | undefined) => Promise<P>, elements: (page: P) => readonly T[]) {
    this.#page = page;
    this.#elements = elements;
  }

  /** One page. @param cursor the `nextCursor` of the page before; the first page without it */
  page(cursor?: string): Promise<P> {
    return this.#page(cursor);
  }

  /** Page after page to the end; one may be short, even empty, before it. */
  async *pages(): AsyncGenerator<P, void, undefined> {
    for (let cursor: string | null | undefined; cursor !== null; ) {
      const page: P = await this.#page(cursor);
      yield page;
      cursor = page.nextCursor;
    }
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    for await (const page of this.pages()) yield* this.#elements(page);
  }
}
