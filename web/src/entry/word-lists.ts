/** What `web/word-lists.ts` gives: the build puts it in here. */
declare const WORD_LISTS: {
  readonly words: string;
  readonly rows: Record<string, string[]>;
  readonly graphs: Record<string, Record<string, (string | null)[]>>;
};

export const lists = WORD_LISTS;
