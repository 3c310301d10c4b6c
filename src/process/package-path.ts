import { isAbsolute, join, relative } from 'node:path';
import { packageRoot } from './package-version.js';

const PREFIX = 'ray-ts:';

/** The path of a module of ray-ts as it travels: every host has the package somewhere else. Others stay as they are. */
export function toPackagePath(path: string): string {
  const inside = relative(packageRoot, path);
  return inside.startsWith('..') || isAbsolute(inside) ? path : PREFIX + inside;
}

/** Where such a module is on this host; undefined for a path that is none of ray-ts's. */
export const fromPackagePath = (path: string): string | undefined =>
  path.startsWith(PREFIX) ? join(packageRoot, path.slice(PREFIX.length)) : undefined;
