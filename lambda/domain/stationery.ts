/** Paper sizes on which documents are set. */
export const PAPERS = ['A4', 'Letter'] as const;

export type Paper = (typeof PAPERS)[number];

/** Languages of what a document says by itself (BCP 47). */
export const LANGUAGES = ['en', 'de', 'fr', 'es', 'vi'] as const;

export type Language = (typeof LANGUAGES)[number];

/** What all documents of a deployment have in common. */
export interface Stationery {
  /** Who issues them: one line of at most 60 characters. */
  readonly brand: string;
  readonly paper: Paper;
  readonly language: Language;
}

/** What a deployment gets unless it says otherwise. */
export const PLAIN_STATIONERY: Stationery = { brand: 'Twinlock', paper: 'A4', language: 'en' };
