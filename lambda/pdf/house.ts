import type { Paper } from '../domain/stationery.ts';
import type { Locale } from './locale.ts';

/** How a deployment's documents look. */
export interface House {
  /** Who issues them. */
  readonly brand: string;
  /** A PNG or JPEG file. */
  readonly logo: Uint8Array | null;
  readonly paper: Paper;
  readonly locale: Locale;
}
