// Everything here is invented.
export const ACCOUNT_ID = '01M6DQS9M0Q3W8E5R7T2Y6V4P9';
export const SESSION_ID = '01M6DQS9M1H4J7K2B9N5C8X3Z6';
export const OTHER_SESSION_ID = '01M6F2C4V7D8G3S6A1F5W9E2R4';
export const DOCUMENT_ID = '01M6DVB5K2N7M4B8V3C6X1Z9S5';
export const UPLOAD_ID = '01M6DWX8Q6T3R9Y5E2W7V4B1N8';
export const ITEM_IDS = {
  address: '01M6DQS9M0A7K2V9XB4RTC8E5N',
  bankAccount: '01M6DR4G8D5F2H9J6K3W7Q1S8A',
  person: '01M6DR7T3Y9V4P2M8N6B5C1X7Z',
};
export const EMAIL = 'wren.ashgrove@example.com';
export const PASSWORD = 'quiet otters paint the harbour';
export const NEW_PASSWORD = 'nine paper boats round the cape';
/** In the form of one, and none: no service made it. */
export const TOKEN = `tw1.${ACCOUNT_ID}.${SESSION_ID}.YW4taW52ZW50ZWQtdG9rZW4tb3BlbnMtbm90aGluZyE`;
/** What a browser sends of a password that it stretched: base64url of 32 bytes. */
export const STRETCHED = 'c3RyZXRjaGVkLWluLXRoZS1icm93c2VyLTMyYnl0ZXM';
/** In the form of one, and none: its check character is wrong. */
export const RECOVERY_CODE = '0EXA-MP1E-0EXA-MP1E-0EXA-MP1E-0EXA-MP1EX';
export const USER_AGENT = 'Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0';
/** RFC 5737. */
export const SOURCE_IP = '203.0.113.24';
