/** @type {import('jest').Config} */
export default {
  testEnvironment: 'node',
  // One for each core: by itself jest leaves a core idle, which on two is half of them.
  maxWorkers: '100%',
  // Suites that try every cloud call take seconds, and more where the machine is busy.
  testTimeout: 60_000,
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  // See jest.slow.config.js.
  testPathIgnorePatterns: ['/node_modules/', '\\.slow\\.test\\.ts$', '<rootDir>/test/browser/'],
  setupFilesAfterEnv: ['<rootDir>/test/leaks/setup.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: { target: 'es2023', parser: { syntax: 'typescript' } },
        module: { type: 'commonjs' },
        sourceMaps: 'inline',
      },
    ],
  },
  modulePathIgnorePatterns: ['<rootDir>/cdk.out'],
};
