import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

const FOLDER = join(import.meta.dirname, 'llama-cpp');

export const isLlamaCppInstalled = (): boolean => existsSync(join(FOLDER, 'node_modules/node-llama-cpp'));

/** Installs node-llama-cpp with the library for this platform alone; no script of its runs. */
export function installLlamaCpp(): void {
  if (isLlamaCppInstalled()) return;
  const flags = ['--ignore-scripts', '--omit=optional', '--no-package-lock', '--no-audit', '--no-fund'];
  execFileSync('npm', ['install', '--prefix', FOLDER, ...flags], { cwd: FOLDER, stdio: 'inherit' });
}
