/** Tests run as CommonJS, where a dynamic import becomes a require; the compiler checks types, not jest. */
const swc = (syntax) => [
  '@swc/jest',
  { jsc: { parser: { syntax }, target: 'es2023' }, module: { type: 'commonjs' }, sourceMaps: 'inline' },
];

const project = (name) => ({
  displayName: name,
  testMatch: [`<rootDir>/test/${name}/**/*.test.ts`],
  testEnvironment: '<rootDir>/test/support/node-realm-environment.cjs',
  transform: { '^.+\\.ts$': swc('typescript'), '/dist/.+\\.js$': swc('ecmascript') },
  transformIgnorePatterns: ['/node_modules/'],
  moduleNameMapper: {
    '^ray-ts$': '<rootDir>/dist/src/index.js',
    '^ray-ts/llm$': '<rootDir>/dist/src/llm/index.js',
    '^(\\.{1,2}/.*)\\.js$': '$1',
  },
});

export default {
  projects: ['unit', 'integration', 'e2e'].map(project),
  testTimeout: 60_000,
};
