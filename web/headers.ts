/**
 * What the page may load and do, Content Security Policy Level 3: its own files, the service at its own origin, and PDFs
 * that it made blobs of. No text becomes code: neither inline, nor by eval, nor by way of the DOM (Trusted Types).
 */
export const CONTENT_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "font-src 'self'",
  "connect-src 'self'",
  'frame-src blob:',
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ');

/** Powers of a browser, none of which the page needs. */
const POWERS = [
  'accelerometer',
  'autoplay',
  'browsing-topics',
  'camera',
  'display-capture',
  'encrypted-media',
  'fullscreen',
  'geolocation',
  'gyroscope',
  'magnetometer',
  'microphone',
  'midi',
  'payment',
  'picture-in-picture',
  'publickey-credentials-get',
  'screen-wake-lock',
  'usb',
  'xr-spatial-tracking',
];

/** What every answer of the web app has, by lower-case names. Strict transport is of whoever serves it by TLS. */
export const PAGE_HEADERS = {
  'content-security-policy': CONTENT_POLICY,
  'permissions-policy': POWERS.map((power) => `${power}=()`).join(', '),
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
} as const;

/** Names here bear a hash of what they name: what was read once never changes. */
export const HASHED_FOLDER = 'assets';

/** How long a browser may keep a file: what is hashed for a year; of all else it asks each time whether it has changed. */
export const CACHE_CONTROL = { hashed: 'public, max-age=31536000, immutable', other: 'no-cache' } as const;
