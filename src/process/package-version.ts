import { createRequire } from 'node:module';

/** The version of the ray-ts that this process runs; all processes of a cluster have the same. */
export const packageVersion: string = (createRequire(import.meta.url)('ray-ts/package.json') as { version: string })
  .version;
