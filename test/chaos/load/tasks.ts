/** Runs tasks, alone and in a chain by way of a large value in the nodes' object stores, and checks what they return. */
import { setTimeout as sleep } from 'node:timers/promises';
import * as ray from 'ray-ts';
import { runLoad } from './run-load.js';

const PAUSE_MS = 50;
/** 200 kB: more than is sent within a reply. */
const LARGE_LENGTH = 25_000;
const OPTIONS = { numCpus: 0.5, maxRetries: -1 };

const square = ray.remote(async function square(value: number): Promise<number> {
  await sleep(50 * Math.random());
  return value * value;
}, OPTIONS);

const ramp = ray.remote(function ramp(first: number): Float64Array {
  return Float64Array.from({ length: LARGE_LENGTH }, (_, index) => first + index);
}, OPTIONS);

const sum = ray.remote(function sum(values: Float64Array): number {
  return values.reduce((total, value) => total + value, 0);
}, OPTIONS);

const sumOfRamp = (first: number): number => LARGE_LENGTH * first + (LARGE_LENGTH * (LARGE_LENGTH - 1)) / 2;

function requireEqual(actual: number, expected: number): void {
  if (actual !== expected) throw new Error(`the task returned ${actual} instead of ${expected}`);
}

runLoad(async ({ log, repeat }) => {
  await Promise.all([
    ...[0, 1].map((line) =>
      repeat(PAUSE_MS, async (count) => {
        await log.attempt({ work: 'task', id: `square/${line}/${count}` }, async () =>
          requireEqual(await ray.get(square.remote(count)), count * count),
        );
      }),
    ),
    repeat(PAUSE_MS, async (count) => {
      await log.attempt({ work: 'task', id: `chain/${count}` }, async () =>
        requireEqual(await ray.get(sum.remote(ramp.remote(count))), sumOfRamp(count)),
      );
    }),
  ]);
});
