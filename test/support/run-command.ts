import { execFileSync } from 'node:child_process';

/** Runs a program to its end and gives what it printed. @throws with its error output when it fails. */
export function runCommand(command: readonly string[], input = ''): string {
  const [file, ...args] = command;
  return execFileSync(file!, args, { input, encoding: 'utf8', stdio: 'pipe' });
}
