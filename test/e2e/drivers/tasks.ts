/** Uses tasks on a cluster of its own and prints one JSON line per scenario, by the scenario's name. */
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import * as ray from 'ray-ts';
import { errorOf, print } from './error-of.js';

const directory = process.env['RAY_TS_TMPDIR']!;
const marks = (name: string): number => {
  const path = join(directory, name);
  return existsSync(path) ? readFileSync(path, 'utf8').length : 0;
};
const mark = (name: string): void => appendFileSync(join(directory, name), 'x');

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await sleep(10);
}

function square(n: number): number {
  return n * n;
}
const remoteSquare = ray.remote(square);

async function fibonacci(n: number): Promise<number> {
  if (n < 2) return n;
  const [left, right] = await ray.get([remoteFibonacci.remote(n - 1), remoteFibonacci.remote(n - 2)]);
  return left + right;
}
const remoteFibonacci: ray.RemoteFunction<[number], Promise<number>> = ray.remote(fibonacci, { numCpus: 1 });

async function depth(n: number): Promise<number> {
  return n === 0 ? 0 : 1 + (await ray.get(remoteDepth.remote(n - 1)));
}
const remoteDepth: ray.RemoteFunction<[number], Promise<number>> = ray.remote(depth);

function divide(n: number, by: number): [quotient: number, rest: number] {
  return [Math.floor(n / by), n % by];
}
const remoteDivide = ray.remote(divide, { numReturns: 2 });

/** Dies with its process as often as it is told. */
function dieTimes(name: string, times: number): number {
  mark(name);
  const attempt = marks(name);
  if (attempt <= times) {
    console.error('last words of a task');
    process.kill(process.pid, 'SIGKILL');
  }
  return attempt;
}
const remoteDieTimes = ray.remote(dieTimes, { maxRetries: 2 });

class TooEarlyError extends Error {}
class MuchTooEarlyError extends TooEarlyError {}

function failTimes(name: string, times: number): number {
  mark(name);
  if (marks(name) <= times) throw new MuchTooEarlyError(`try ${marks(name)}`);
  return marks(name);
}
const remoteFailTimes = ray.remote(failTimes);

async function sleepAndMark(name: string, ms: number): Promise<string> {
  mark(`${name}-begun`);
  await sleep(ms);
  mark(`${name}-ended`);
  return name;
}
const remoteSleep = ray.remote(sleepAndMark);

async function untilAborted(name: string): Promise<void> {
  const { signal } = ray.getRuntimeContext();
  mark(`${name}-begun`);
  await new Promise((resolve) => signal.addEventListener('abort', resolve));
  mark(`${name}-aborted`);
}
const remoteUntilAborted = ray.remote(untilAborted);

async function waitForChild(): Promise<void> {
  await ray.get(remoteUntilAborted.remote('child'));
}
const remoteWaitForChild = ray.remote(waitForChild);

function environment(name: string): string | undefined {
  return process.env[name];
}
const remoteEnvironment = ray.remote(environment);

function workerPid(): number {
  return process.pid;
}
const remoteWorkerPid = ray.remote(workerPid);

async function values(): Promise<void> {
  print('value', await ray.get(remoteSquare.remote(7)));
  print('refArgument', await ray.get(remoteSquare.remote(remoteSquare.remote(2))));
  print('severalReturns', await ray.get([...remoteDivide.remote(17, 5)]));
  const large = await ray.get(remoteSquare.options({ name: 'big' }).remote(3));
  print('named', large);
  const many = Array.from({ length: 10_000 }, (_, n) => remoteSquare.remote(n));
  const squares = await ray.get(many);
  print('many', { length: squares.length, sum: squares.reduce((sum, n) => sum + n, 0) });
  const pids = await ray.get(Array.from({ length: 200 }, () => remoteWorkerPid.remote()));
  print('workers', { few: new Set(pids).size <= 2, notTheDriver: !pids.includes(process.pid) });
  const environments = remoteEnvironment.options({ runtimeEnv: { envVars: { FOR_TASKS: 'yes' } } });
  print('runtimeEnv', await ray.get(environments.remote('FOR_TASKS')));
  print('unschedulable', await errorOf(ray.get(remoteSquare.options({ numCpus: 1_000 }).remote(1))));
}

async function nested(): Promise<void> {
  print('fibonacci', await ray.get(remoteFibonacci.remote(8)));
  print('depth', await ray.get(remoteDepth.remote(12)));
}

async function retries(): Promise<void> {
  print('retried', await ray.get(remoteDieTimes.remote('die-twice', 2)));
  print('crashed', await errorOf(ray.get(remoteDieTimes.remote('die-thrice', 3))));
  print('notRetried', await errorOf(ray.get(remoteDieTimes.options({ maxRetries: 0 }).remote('die-once', 1))));
  print('tries', [marks('die-twice'), marks('die-thrice'), marks('die-once')]);
  print('taskError', await errorOf(ray.get(remoteFailTimes.remote('fail', 1))));
  const retrying = remoteFailTimes.options({ retryExceptions: [TooEarlyError] });
  print('retriedError', await ray.get(retrying.remote('fail-twice', 2)));
  const others = remoteFailTimes.options({ retryExceptions: ['RangeError'] });
  print('otherError', await errorOf(ray.get(others.remote('fail-otherwise', 2))));
  print('oneTry', marks('fail-otherwise'));
}

async function cancelling(): Promise<void> {
  const busy = [remoteSleep.remote('busy-a', 1_500), remoteSleep.remote('busy-b', 1_500)];
  await until(() => marks('busy-a-begun') + marks('busy-b-begun') === 2);
  const queued = remoteSleep.remote('queued', 0);
  ray.cancel(queued);
  print('cancelQueued', await errorOf(ray.get(queued)));
  await ray.get(busy);
  await ray.get(remoteSquare.remote(1));
  print('queuedRan', marks('queued-begun'));

  const running = remoteUntilAborted.remote('running');
  await until(() => marks('running-begun') === 1);
  ray.cancel(running);
  print('cancelRunning', await errorOf(ray.get(running)));
  await until(() => marks('running-aborted') === 1);

  const deaf = remoteSleep.remote('deaf', 60_000);
  await until(() => marks('deaf-begun') === 1);
  ray.cancel(deaf, { force: true });
  print('cancelForced', await errorOf(ray.get(deaf)));

  const parent = remoteWaitForChild.remote();
  await until(() => marks('child-begun') === 1);
  ray.cancel(parent);
  print('cancelParent', await errorOf(ray.get(parent)));
  await until(() => marks('child-aborted') === 1);
  print('childAborted', true);
  const over = remoteSquare.remote(3);
  await ray.get(over);
  ray.cancel(over);
  print('cancelOver', await ray.get(over));
}

ray.main(async () => {
  await ray.init({ address: 'local', numCpus: 2, logToDriver: false });
  await values();
  await nested();
  await retries();
  await cancelling();
});
