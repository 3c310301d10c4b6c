const transform = {
  '^.+\\.ts$': [
    '@swc/jest',
    {
      jsc: { parser: { syntax: 'typescript' }, target: 'es2023' },
      module: { type: 'commonjs', ignoreDynamic: true },
      sourceMaps: 'inline',
    },
  ],
};

const project = (name) => ({
  displayName: name,
  testMatch: [`<rootDir>/test/${name}/**/*.test.ts`],
  testEnvironment: '<rootDir>/test/support/node-realm-environment.cjs',
  transform,
  moduleNameMapper: {
    '^ray-ts$': '<rootDir>/dist/src/index.js',
    '^(\\.{1,2}/.*)\\.js$': '$1',
  },
});

export default {
  projects: [project('unit'), project('integration'), project('e2e')],
  testTimeout: 60_000,
};
