/** Run by sampling-benchmark.ts, as one bundled file like the code that serves. Prints a table. */
import type { LogitConstraints, SlotSampling } from '../../src/llm/step-plan.js';
import { SlotSamplings } from '../../worker/model/runner/slot-samplings.js';
import { uniformAt } from '../../worker/model/sampling/philox.js';
import { Sampler } from '../../worker/model/sampling/sampler.js';

const VOCABULARY_SIZES = [32_000, 151_936];
const NUM_ROWS = 8;
const NUM_WARM_UP_ROWS = 200;
const NUM_TIMED_ROWS = 100;
const NUM_ROUNDS = 9;
const NUM_SEEN_TOKENS = 500;

const NOTHING = new Int32Array(0);

const GREEDY: SlotSampling = { slot: 0, temperature: 0, topK: 0, topP: 1, minP: 0, seed: 7, numLogprobs: -1 };

/** Penalties over a prompt and an output of 500 tokens each. */
const penalties = (vocabSize: number): LogitConstraints => {
  const seen = Int32Array.from({ length: NUM_SEEN_TOKENS }, (_, index) => (index * 7919) % vocabSize);
  return {
    repetitionPenalty: 1.1,
    frequencyPenalty: 0.2,
    presencePenalty: 0.1,
    allowedTokenIds: NOTHING,
    badWords: [],
    biasedTokenIds: NOTHING,
    biases: new Float32Array(0),
    endTokenIds: NOTHING,
    minLength: 0,
    promptTokenIds: seen,
    outputTokenIds: seen,
  };
};

const CASES: readonly (readonly [string, (vocabSize: number) => Partial<SlotSampling>])[] = [
  ['greedy', () => ({})],
  ['greedy, penalties', (vocabSize) => ({ constraints: penalties(vocabSize) })],
  ['greedy, logprobs 5', () => ({ numLogprobs: 5 })],
  ['temperature 0.8', () => ({ temperature: 0.8 })],
  ['… and min-p 0.05', () => ({ temperature: 0.8, minP: 0.05 })],
  ['… and top-k 50', () => ({ temperature: 0.8, topK: 50 })],
  ['… and top-p 0.95', () => ({ temperature: 0.8, topP: 0.95 })],
  ['… and top-k 50, top-p 0.95', () => ({ temperature: 0.8, topK: 50, topP: 0.95 })],
];

/** Normal logits of deviation 2.5 and one of 14, which has two thirds of the probability at a vocabulary of 32,000. */
function randomRow(vocabSize: number, seed: number): Float32Array {
  const logits = Float32Array.from({ length: vocabSize }, (_, token) => {
    const radius = Math.sqrt(-2 * Math.log(1 - uniformAt(seed, 2 * token)));
    return 2.5 * radius * Math.cos(2 * Math.PI * uniformAt(seed, 2 * token + 1));
  });
  logits[Math.floor(uniformAt(seed, 0) * vocabSize)] = 14;
  return logits;
}

/** CPU time of a row in microseconds: the median of several rounds. */
function measure(rows: readonly Float32Array[], sampling: SlotSampling): number {
  const samplings = new SlotSamplings();
  samplings.set(sampling);
  const sampler = new Sampler(rows[0]!.length);
  const sampleRows = (count: number) => {
    for (let row = 0; row < count; row++) sampler.sample(rows[row % rows.length]!, samplings.require(0), row);
  };
  sampleRows(NUM_WARM_UP_ROWS);
  const times = Array.from({ length: NUM_ROUNDS }, () => {
    const start = process.cpuUsage();
    sampleRows(NUM_TIMED_ROWS);
    const { user, system } = process.cpuUsage(start);
    return (user + system) / NUM_TIMED_ROWS;
  });
  return times.sort((left, right) => left - right)[NUM_ROUNDS >> 1]!;
}

console.log(`| µs of CPU a row | ${VOCABULARY_SIZES.map((size) => size.toLocaleString('en')).join(' | ')} |`);
console.log(`|---|${'---|'.repeat(VOCABULARY_SIZES.length)}`);
const rowsOfSize = VOCABULARY_SIZES.map((size) => Array.from({ length: NUM_ROWS }, (_, seed) => randomRow(size, seed)));
for (const [name, changes] of CASES) {
  const times = rowsOfSize.map((rows) => measure(rows, { ...GREEDY, ...changes(rows[0]!.length) }));
  console.log(`| ${name} | ${times.map((time) => time.toFixed(0)).join(' | ')} |`);
}
