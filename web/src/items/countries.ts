import { vault } from '../session.tsx';
import { codesIn } from './country-codes.ts';

/** Read once: the list is nobody's, and the same for all. */
let known: readonly string[] | null = null;

/** The codes that the service takes for a country, as its items' schemas list them. */
export async function countryCodes(signal: AbortSignal): Promise<readonly string[]> {
  known ??= codesIn(await vault.items.types({ signal }));
  return known;
}
