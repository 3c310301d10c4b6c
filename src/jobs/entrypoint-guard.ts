import { spawn } from 'node:child_process';
import type { GuardOrder, GuardReport } from './guard-messages.js';

/**
 * The process between a supervisor and its entrypoint. It leads a process group of its own with the entrypoint in it, so that
 * the group can be told to end; and it ends the group when the supervisor is gone, also after a kill -9.
 */

process.on('disconnect', () => process.kill(-process.pid, 'SIGKILL'));
// Meant for the entrypoint: what becomes of it is told here.
process.on('SIGTERM', () => undefined);
process.on('SIGINT', () => undefined);
process.once('message', ({ entrypoint }: GuardOrder) => {
  const [file, ...args] = entrypoint;
  const child = spawn(file!, args, { stdio: ['ignore', 'inherit', 'inherit'] });
  child.once('spawn', () => report({ kind: 'started' }));
  child.once('error', ({ message }) => report({ kind: 'failed', reason: message }));
  child.once('exit', (exitCode, signal) => report({ kind: 'ended', exit: { exitCode, signal: signal ?? '' } }));
});

function report(message: GuardReport): void {
  process.send?.(message);
}
