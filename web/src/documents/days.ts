/** The day of a moment where the person is, `YYYY-MM-DD`. */
export function localDay(moment: Date): string {
  const two = (number: number) => String(number).padStart(2, '0');
  return `${String(moment.getFullYear()).padStart(4, '0')}-${two(moment.getMonth() + 1)}-${two(moment.getDate())}`;
}

/** The last moment of a day, `YYYY-MM-DD`, where the person is. */
export function endOfDay(day: string): Date {
  return new Date(`${day}T23:59:59.999`);
}

/** Days that a document is kept, as typed: 1 to 365; null for all else. */
export function daysOf(text: string): number | null {
  const days = Number(text.trim());
  return /^\s*\d{1,3}\s*$/.test(text) && days >= 1 && days <= 365 ? days : null;
}

/** Days that the service keeps a document where neither its template nor anybody says otherwise. */
export const USUAL_DAYS = 90;
