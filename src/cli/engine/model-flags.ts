import type { Command } from 'commander';
import { parseCompilationFlag } from '../../llm/config/compilation-config.js';
import { QUANTIZATIONS } from '../../llm/config/quantization.js';
import { parseHumanInteger, parseInteger, parseNumber } from '../parse-values.js';
import { addFlagPair } from './flag-pair.js';

function addModelFlags(command: Command): Command {
  return command
    .optionsGroup('Model:')
    .requiredOption('--model <path|org/name>', 'folder of a Hugging Face model, or its name on the hub')
    .option('--revision <name>', 'branch, tag or commit on the hub (default: main)')
    .option('--download-dir <path>', "cache of the hub's models (default: HF_HUB_CACHE, or ~/.cache/huggingface/hub)")
    .option('--load-format <auto|dummy>', 'dummy fills the weights at random (default: auto)')
    .option(
      '-q, --quantization <name>',
      `of linear layers, at load: ${QUANTIZATIONS.join(', ')}; or the checkpoint's: gptq, awq (default: the checkpoint's)`,
    )
    .option('--max-model-len <tokens>', "longest prompt plus output (default: the model's own)", parseHumanInteger)
    .option(
      '--generation-config <auto|vllm>',
      "sampling defaults: the model's generation_config.json, or vLLM's (default: auto)",
    )
    .option('--device <auto|cpu|webgpu|cuda>', 'where the model is computed (default: auto, which is the CPU)')
    .option('--cpus-per-worker <n>', "CPUs of one rank's bundle, a fraction allowed (default: 1)", parseNumber)
    .option(
      '-O, --compilation-config <0-3>',
      '-cc: how far graphs are optimized; higher starts slower and runs faster',
      parseCompilationFlag,
    );
}

function addSchedulerFlags(command: Command): Command {
  command
    .optionsGroup('Batches (how many requests at once):')
    .option('--max-num-seqs <n>', 'sequences in a batch at most (default: 16)', parseHumanInteger)
    .option('--max-num-batched-tokens <tokens>', 'tokens of one step at most (default: 2048)', parseHumanInteger)
    .option('--max-logprobs <n>', 'for --logprobs at most, -1 for the whole vocabulary (default: 20)', parseInteger)
    .option('--scheduling-policy <fcfs|priority>', 'who is served first (default: fcfs)')
    .option('--long-prefill-token-threshold <tokens>', 'prompt tokens of a request in one step at most', parseInteger);
  return addFlagPair(command, 'enable-chunked-prefill', 'compute long prompts over several steps (default)');
}

function addCacheFlags(command: Command): Command {
  command.optionsGroup('KV cache (what sequences have computed):');
  addFlagPair(
    command,
    'enable-prefix-caching',
    'keep what ended requests computed, for those that begin alike (default)',
  );
  return command
    .option('--gpu-memory-utilization <share>', 'of the memory beside the weights (default: 0.9)', parseNumber)
    .option('--kv-cache-memory-bytes <bytes>', "of one rank's KV cache", parseHumanInteger)
    .option('--cpu-kvcache-space <GiB>', "of one rank's KV cache (default: from the memory there is)", parseNumber)
    .option('--num-gpu-blocks-override <n>', 'KV blocks of 16 tokens, whatever memory there is', parseInteger);
}

/** Flags for one engine wherever its ranks are. */
export const addOneEngineFlags = (command: Command): Command =>
  addCacheFlags(addSchedulerFlags(addModelFlags(command)));
