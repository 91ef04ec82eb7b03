import type { ItemType } from '@twinlock/client';

/** Drawn with lines on a square of 24. */
const PATHS: Readonly<Record<ItemType, string>> = {
  person: 'M8 8a4 4 0 1 0 8 0a4 4 0 1 0-8 0M4 21c0-4.5 3.5-7 8-7s8 2.5 8 7',
  address: 'M12 21s-7-6-7-11.5a7 7 0 0 1 14 0C19 15 12 21 12 21zM9.5 9.5a2.5 2.5 0 1 0 5 0a2.5 2.5 0 1 0-5 0',
  email: 'M3 5h18v14H3zM3 7l9 6 9-6',
  phone: 'M5 3h4l2 5-2.5 2a12 12 0 0 0 5.5 5.5l2-2.5 5 2v4a2 2 0 0 1-2 2A16 16 0 0 1 3 5a2 2 0 0 1 2-2z',
  'national-id': 'M3 5h18v14H3zM6.5 10.5a2 2 0 1 0 4 0a2 2 0 1 0-4 0M5.5 16c.5-2.5 5.5-2.5 6 0M14 10h4M14 14h4',
  passport: 'M5 3h14v18H5zM8.5 10a3.5 3.5 0 1 0 7 0a3.5 3.5 0 1 0-7 0M9 17h6',
  'bank-account': 'M3 9l9-5 9 5zM5 9v9M10 9v9M14 9v9M19 9v9M3 20h18',
  'payment-card': 'M3 5h18v14H3zM3 10h18M7 15h3',
  note: 'M6 3h8l4 4v14H6zM14 3v4h4M9 12h6M9 16h6',
};

/** What an item is of, for the eye; it stands beside its name in words. */
export function TypeIcon({ type }: { type: ItemType }) {
  return (
    <svg class="type-icon" viewBox="0 0 24 24" aria-hidden="true">
      <path d={PATHS[type]} />
    </svg>
  );
}
