import config from './jest.config.js';

/**
 * What is tried in a real browser: Debian's Chromium, or the one that `CHROMIUM` names.
 *
 * @type {import('jest').Config}
 */
export default {
  ...config,
  testMatch: ['<rootDir>/test/browser/**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/'],
  testTimeout: 300_000,
};
