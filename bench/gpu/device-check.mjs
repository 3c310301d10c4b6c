/**
 * Holds a device to the CPU's tokens and measures it, on a machine with nothing but Node.js, the built project and its
 * production dependencies.
 *
 * Usage, from the project's root after a build: node bench/gpu/device-check.mjs [--device webgpu] [--quantization int4] [--layers 16]
 * [--skip-speed | --skip-tokens]
 * Exit status 1: the tokens differ.
 */
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { LLM, SamplingParams } from '../../dist/src/llm/index.js';

const STORYTELLER = fileURLToPath(new URL('../../models/storyteller', import.meta.url));
const PROMPTS = [
  'Once upon a time, there was a little girl named Lily.',
  'Tom and Sam went to the park to',
  'One day, a big dog',
  'The cat was very hungry, so she',
  'Ben had a red ball. He',
  'It was raining.',
  'Mom said',
  'The old man and the',
];
const BATCH_SIZES = [1, 8, 32];
const PREFILL_TOKENS = 512;
const DECODE_CONTEXT = 128;
const DECODE_TOKENS = 64;
const DECODE_ROUNDS = 3;
const WARM_UP_TOKENS = 4;

const { values: options } = parseArgs({
  options: {
    device: { type: 'string', default: 'webgpu' },
    quantization: { type: 'string' },
    layers: { type: 'string', default: '16' },
    'skip-speed': { type: 'boolean', default: false },
    'skip-tokens': { type: 'boolean', default: false },
  },
});

const greedy = (maxTokens, ignoreEos) => new SamplingParams({ temperature: 0, maxTokens, ignoreEos });

async function withEngine(args, use) {
  const llm = await LLM.create(args);
  try {
    return await use(llm);
  } finally {
    await llm.shutdown();
  }
}

const { quantization } = options;
const precision = quantization ?? 'float32';

/** Chunked prompts, fewer places than prompts, a batch of unequal lengths: sequences change their slots on the way. */
function answerGreedily(model, device, numTokens) {
  const args = { ...model, device, quantization, maxNumSeqs: 4, maxNumBatchedTokens: 16 };
  return withEngine(args, async (llm) => {
    const outputs = await llm.generate(PROMPTS, greedy(numTokens, true));
    return outputs.map(({ outputs: [completion] }) => [...completion.tokenIds]);
  });
}

async function compareTokens(name, model, device, numTokens) {
  const expected = await answerGreedily(model, 'cpu', numTokens);
  const observed = await answerGreedily(model, device, numTokens);
  const equal = expected.filter((tokens, index) => tokens.join() === observed[index].join()).length;
  console.log(
    `${name}, ${precision}: ${equal} of ${expected.length} greedy answers of ${numTokens} tokens on ${device} equal the CPU's`,
  );
  for (const [index, tokens] of expected.entries()) {
    const at = tokens.findIndex((token, position) => token !== observed[index][position]);
    if (at !== -1)
      console.log(`  prompt ${index} differs from token ${at} on: ${tokens[at]} and ${observed[index][at]}`);
  }
  return equal === expected.length;
}

/** The 1.1 B shape with random weights; the tokenizer is only there to be there. */
function writeModelFolder(numLayers) {
  const folder = mkdtempSync(join(tmpdir(), 'device-check-'));
  cpSync(join(STORYTELLER, 'tokenizer.json'), join(folder, 'tokenizer.json'));
  const config = {
    architectures: ['LlamaForCausalLM'],
    model_type: 'llama',
    hidden_act: 'silu',
    hidden_size: 2048,
    intermediate_size: 8192,
    max_position_embeddings: 1024,
    num_attention_heads: 32,
    num_hidden_layers: numLayers,
    num_key_value_heads: 8,
    head_dim: 64,
    rms_norm_eps: 1e-5,
    rope_theta: 10000,
    tie_word_embeddings: false,
    vocab_size: 32000,
    bos_token_id: 1,
    eos_token_id: 2,
  };
  writeFileSync(join(folder, 'config.json'), JSON.stringify(config));
  return folder;
}

/** Distinct prompts, so that none is another's prefix. */
const randomPrompts = (count, length) =>
  Array.from({ length: count }, (_, row) => ({
    promptTokenIds: Array.from({ length }, (_, index) => 3 + ((row * 7919 + index * 104729) % 2000)),
  }));

async function timeGenerate(llm, prompts, maxTokens) {
  const start = performance.now();
  await llm.generate(prompts, greedy(maxTokens, true));
  return performance.now() - start;
}

async function measurePrefill(llm, numPrompts) {
  const prompts = randomPrompts(numPrompts, PREFILL_TOKENS);
  await timeGenerate(llm, prompts, 1);
  const ms = await timeGenerate(llm, prompts, 1);
  const rate = (numPrompts * PREFILL_TOKENS * 1000) / ms;
  console.log(`prefill ${numPrompts} x ${PREFILL_TOKENS}: ${ms.toFixed(1)} ms, ${rate.toFixed(0)} tokens/s`);
}

/** What more tokens take, so that the prompts' time is left out: the median of some rounds. */
async function measureDecode(llm, batchSize) {
  const prompts = randomPrompts(batchSize, DECODE_CONTEXT);
  await timeGenerate(llm, prompts, WARM_UP_TOKENS + DECODE_TOKENS);
  const msOfSteps = [];
  for (let round = 0; round < DECODE_ROUNDS; round++) {
    const short = await timeGenerate(llm, prompts, WARM_UP_TOKENS);
    msOfSteps.push((await timeGenerate(llm, prompts, WARM_UP_TOKENS + DECODE_TOKENS)) - short);
  }
  const msPerStep = msOfSteps.sort((left, right) => left - right)[DECODE_ROUNDS >> 1] / DECODE_TOKENS;
  const rate = (batchSize * 1000) / msPerStep;
  console.log(`decode batch ${batchSize}: ${msPerStep.toFixed(2)} ms a step, ${rate.toFixed(0)} tokens/s`);
}

async function measureSpeed(model, device) {
  const maxNumSeqs = Math.max(...BATCH_SIZES);
  const args = { ...model, device, quantization, maxNumSeqs, maxNumBatchedTokens: 2048, enablePrefixCaching: false };
  const start = performance.now();
  await withEngine(args, async (llm) => {
    console.log(`1.1 B shape, ${precision}, ${device}: loaded in ${(performance.now() - start).toFixed(0)} ms`);
    await measurePrefill(llm, 1);
    await measurePrefill(llm, 8);
    for (const batchSize of BATCH_SIZES) await measureDecode(llm, batchSize);
  });
}

const folder = writeModelFolder(Number(options.layers));
try {
  const { device } = options;
  const randomModel = { model: folder, loadFormat: 'dummy' };
  const isEqual =
    options['skip-tokens'] ||
    ((await compareTokens('storyteller', { model: STORYTELLER }, device, 48)) &&
      (await compareTokens('1.1 B shape', randomModel, device, 16)));
  if (!options['skip-speed']) await measureSpeed(randomModel, device);
  process.exitCode = isEqual ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true });
}
