import { createRequire } from 'node:module';
import type * as Koffi from 'koffi';

const require = createRequire(import.meta.url);
let loaded: typeof Koffi | undefined;

/** The bridge to C, loaded at its first use: most processes never touch shared memory, and it is a tenth of what they would load. */
export function koffi(): typeof Koffi {
  loaded ??= require('koffi') as typeof Koffi;
  return loaded;
}
