import { createRequire } from 'node:module';
import { dirname } from 'node:path';

const require_ = createRequire(import.meta.url);

/** The version of the ray-ts that this process runs; all processes of a cluster have the same. */
export const packageVersion: string = (require_('ray-ts/package.json') as { version: string }).version;

/** The folder of that ray-ts. */
export const packageRoot: string = dirname(require_.resolve('ray-ts/package.json'));
