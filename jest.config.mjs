/** Tests run as CommonJS, where a dynamic import becomes a require; the compiler checks types, not jest. */
const swc = (syntax) => [
  '@swc/jest',
  { jsc: { parser: { syntax }, target: 'es2023' }, module: { type: 'commonjs' }, sourceMaps: 'inline' },
];

/**
 * Suites that wait for the garbage collector have a process of their own: what others left behind in a shared one, in
 * optimized code and native buffers, may keep a value for as long as the process lives.
 */
const COLLECTING = '.gc.test.ts';

const project = (name, testMatch = [`<rootDir>/test/${name}/**/*.test.ts`, `!**/*${COLLECTING}`]) => ({
  displayName: name,
  testMatch,
  testEnvironment: '<rootDir>/test/support/node-realm-environment.cjs',
  transform: { '^.+\\.ts$': swc('typescript'), '/dist/.+\\.js$': swc('ecmascript') },
  transformIgnorePatterns: ['/node_modules/'],
  moduleNameMapper: {
    '^ray-ts$': '<rootDir>/dist/src/index.js',
    '^ray-ts/distributed$': '<rootDir>/dist/src/distributed/index.js',
    '^ray-ts/llm$': '<rootDir>/dist/src/llm/index.js',
    '^(\\.{1,2}/.*)\\.js$': '$1',
  },
});

export default {
  projects: [
    ...['unit', 'integration', 'e2e', 'gpu'].map((name) => project(name)),
    project('gc', [`<rootDir>/test/integration/**/*${COLLECTING}`]),
  ],
  testTimeout: 60_000,
};
