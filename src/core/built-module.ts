import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const MANIFEST = 'package.json';

/**
 * The file of a module of this package that a process, a thread or an actor starts from. It is the built one also where
 * TypeScript runs as it is (tsx, jest): a process that is started does not inherit that. Modules share files when they are
 * built, so where the asking one is says nothing of where others are.
 *
 * @param path in the repository, with the ending .js. It must be an entry point of scripts/build.mjs.
 */
export function builtModule(path: string): string {
  const manifest = require.resolve('ray-ts/package.json');
  return `${manifest.slice(0, -MANIFEST.length)}dist/${path}`;
}
