import { mkdir, symlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { packageRoot } from '../../../src/process/index.js';

/**
 * Lets programs in the folders beside it find what they did not bring: Node.js looks for modules in every folder above a
 * file. That is `ray-ts` itself, which must be this node's own, the commands that it depends on (`npx tsx`), and where it is
 * installed as a dependency what is installed with it.
 */
export async function linkInstalledModules(folder: string): Promise<void> {
  const modules = join(folder, 'node_modules');
  const installedWith = dirname(packageRoot);
  if (basename(installedWith) === 'node_modules') {
    await linkOnce(installedWith, modules);
    return;
  }
  await mkdir(modules, { recursive: true });
  await linkOnce(packageRoot, join(modules, 'ray-ts'));
  await linkOnce(join(packageRoot, 'node_modules', '.bin'), join(modules, '.bin'));
}

async function linkOnce(target: string, path: string): Promise<void> {
  try {
    await symlink(target, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}
