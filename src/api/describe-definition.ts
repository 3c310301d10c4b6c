import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { relative, resolve, sep } from 'node:path';
import { programDirectory } from '../core/index.js';
import type { RemoteDefinition } from '../rpc/index.js';

/** What a worker needs to find a class or function, with the folder that is sent for it in place of the program's. */
export type DescribeDefinition = (workingDir?: string) => RemoteDefinition;

/** The module is read once, when the definition is first used. */
export function describeDefinition(modulePath: string, name: string): DescribeDefinition {
  let facts: Omit<RemoteDefinition, 'modulePath'> | undefined;
  return (workingDir) => {
    facts ??= {
      name,
      moduleHash: createHash('sha256').update(readFileSync(modulePath)).digest('hex'),
      hostname: hostname(),
    };
    return { modulePath: travellingPath(modulePath, workingDir), ...facts };
  };
}

/** Inside the folder that is sent with the program: the path in it. */
function travellingPath(modulePath: string, workingDir: string | undefined): string {
  const directory = workingDir ? resolve(workingDir) : programDirectory();
  return directory && modulePath.startsWith(directory + sep) ? relative(directory, modulePath) : modulePath;
}
