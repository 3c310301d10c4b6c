import { resolve } from 'node:path';

/** `path/to/file.ts:ClassName` with the path from the root, for processes that have another working directory. */
export function absoluteClassPath(classPath: string): string {
  if (classPath === '') return '';
  const colon = classPath.lastIndexOf(':');
  return `${resolve(classPath.slice(0, colon))}${classPath.slice(colon)}`;
}
