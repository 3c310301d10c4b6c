import { mkdir } from 'node:fs/promises';
import { dirname, isAbsolute, join, relative, resolve } from 'node:path';
import { extract, type ReadEntry } from 'tar';
import { RuntimeEnvSetupError } from '../../../src/core/index.js';

/** A package that unpacks to more is no program's folder but an attack on the disk. */
const MAX_UNPACKED_BYTES = 1024 ** 3;

/**
 * Unpacks a program's folder into `folder`, which it makes. Only files, folders and links that stay inside come out.
 * @throws {RuntimeEnvSetupError} when the package is damaged or holds anything else.
 */
export async function unpackPackage(packagePath: string, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  let unsafe: string | undefined;
  let numBytes = 0;
  try {
    await extract({
      file: packagePath,
      cwd: folder,
      strict: true,
      preserveOwner: false,
      filter: (path, entry) => {
        numBytes += entry.size ?? 0;
        unsafe ??= describeUnsafe(path, entry as ReadEntry, numBytes);
        return unsafe === undefined;
      },
    });
  } catch (error) {
    throw new RuntimeEnvSetupError(`The package of the program's folder can't be unpacked: ${String(error)}.`, {
      cause: error,
    });
  }
  if (unsafe !== undefined)
    throw new RuntimeEnvSetupError(`The package of the program's folder is refused: ${unsafe}.`);
}

function describeUnsafe(path: string, { type, linkpath }: ReadEntry, numBytes: number): string | undefined {
  const shown = JSON.stringify(path);
  if (numBytes > MAX_UNPACKED_BYTES) return `it unpacks to more than ${MAX_UNPACKED_BYTES} bytes`;
  if (!staysInside(path)) return `its entry ${shown} lies outside of the folder`;
  if (type === 'File' || type === 'Directory' || type === 'OldFile') return undefined;
  if (type !== 'SymbolicLink') return `its entry ${shown} is a ${type}`;
  const target = linkpath ?? '';
  const isInside = !isAbsolute(target) && staysInside(join(dirname(path), target));
  return isInside ? undefined : `its link ${shown} leads outside of the folder`;
}

function staysInside(path: string): boolean {
  if (isAbsolute(path)) return false;
  return !relative('/folder', resolve('/folder', path)).startsWith('..');
}
