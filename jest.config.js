/** ESM only, and reached through @fastify/static: jest requires, and on Node 20 cannot require ESM. */
const ESM_ONLY = 'node_modules/content-disposition/';

/** @type {import('jest').Config} */
module.exports = {
  testEnvironment: 'node',
  testRegex: '(src|test)/.*[.-]spec\\.ts$',
  transform: {
    '\\.ts$': 'ts-jest',
    [`${ESM_ONLY}.*\\.js$`]: ['ts-jest', { tsconfig: { allowJs: true, module: 'commonjs', target: 'es2022', isolatedModules: true } }],
  },
  transformIgnorePatterns: [`node_modules/(?!${ESM_ONLY.replace('node_modules/', '')})`],
  modulePathIgnorePatterns: ['<rootDir>/dist'],
  globalSetup: '<rootDir>/test/setup/global-setup.ts',
  globalTeardown: '<rootDir>/test/setup/global-teardown.ts',
  setupFiles: ['reflect-metadata', '<rootDir>/test/setup/environment.ts'],
  setupFilesAfterEnv: ['<rootDir>/test/setup/retries.ts'],
  maxWorkers: 2,
  testTimeout: 60_000,
};
