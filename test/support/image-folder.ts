import { chmodSync, cpSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { REPOSITORY } from './lab-host.js';

/** What the Dockerfile's build stage leaves in its working directory, which the repository has built as well. */
const BUILD_STAGE = '--from=build /app/';

/**
 * A folder with what the Dockerfile's last stage copies into the image's working directory, and nothing else, so that a
 * command that works in it finds all it needs in the image. The installed packages are linked, not copied.
 * @returns the folder, and that of the image's own commands, for PATH.
 */
export function createImageFolder(path: string): { readonly app: string; readonly bin: string } {
  const app = join(path, 'app');
  mkdirSync(app, { recursive: true });
  for (const [source, target] of copiesOfLastStage()) {
    if (source === 'node_modules') symlinkSync(join(REPOSITORY, source), join(app, target));
    else cpSync(join(REPOSITORY, source), join(app, target), { recursive: true });
  }
  const bin = join(path, 'bin');
  mkdirSync(bin);
  chmodSync(join(app, 'bin/ray-ts.js'), 0o755);
  symlinkSync(join(app, 'bin/ray-ts.js'), join(bin, 'ray-ts'));
  return { app, bin };
}

/** Source in the repository, and target in the image's working directory. */
function copiesOfLastStage(): [source: string, target: string][] {
  const lines = readFileSync(join(REPOSITORY, 'Dockerfile'), 'utf8').split('\n');
  const lastStage = lines.slice(lines.findLastIndex((line) => line.startsWith('FROM ')));
  return lastStage
    .filter((line) => line.startsWith('COPY '))
    .map((line) => {
      const [source, target] = line.slice('COPY '.length).replace(BUILD_STAGE, '').split(' ');
      return [source!, target === './' ? source! : target!];
    });
}
