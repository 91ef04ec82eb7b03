import config from './jest.config.js';

/**
 * The suites that take long: whole matrices of attacks and faults, and processes that are started and killed.
 *
 * @type {import('jest').Config}
 */
export default {
  ...config,
  testMatch: ['<rootDir>/test/**/*.slow.test.ts'],
  testPathIgnorePatterns: ['/node_modules/'],
};
