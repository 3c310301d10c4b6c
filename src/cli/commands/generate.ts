import { Command } from 'commander';
import { shutdown } from '../../api/index.js';
import { InvalidArgumentError } from '../../core/index.js';
import {
  type ChatTemplateOptions,
  LLM,
  type PromptInput,
  type RequestOutput,
  SamplingParams,
} from '../../llm/index.js';
import { addConfigFileFlag } from '../argv/prepare-argv.js';
import { completionLines } from '../completion-lines.js';
import { addEngineFlags, type EngineFlags, engineArgsOf } from '../engine-flags.js';
import { listenForSignals } from '../listen-for-signals.js';
import { LoadProgressView } from '../load-progress-view.js';
import { OrderedText } from '../ordered-text.js';
import { readPrompts, readTextFile } from '../read-prompts.js';
import { addSamplingFlags, type SamplingFlags, samplingParamsOf } from '../sampling-flags.js';

/** Tokens of an answer, where neither a flag nor the model says how many. */
const DEFAULT_MAX_TOKENS = 128;

interface GenerateFlags extends EngineFlags, SamplingFlags {
  readonly prompt?: string;
  readonly chat?: string;
  readonly prompts?: string;
  readonly chatTemplate?: string;
  readonly json?: true;
}

const EXAMPLES = `
Flags that turn something on have a counterpart that turns it off: --enable-prefix-caching, --no-enable-prefix-caching.

Examples:
  Chat, streamed as it is made:
    ray-ts generate --model models/storyteller --chat 'Tell me a story about a fox.' --temperature 0
  Three different answers, the same ones every time:
    ray-ts generate --model models/storyteller --chat 'Name an animal.' --n 3 --seed 7
  A file of prompts, as JSON lines with the five likeliest tokens of every step:
    ray-ts generate --model models/storyteller --prompts prompts.jsonl --json --logprobs 5
  An answer that is one of two words:
    ray-ts generate --model models/storyteller --chat 'Is a fox an animal?' --choice yes --choice no
  Flags from a file, which has lines such as "tensor-parallel-size: 2":
    ray-ts generate --config engine.yaml --chat 'Tell me a story about a fox.'`;

export function generateCommand(): Command {
  const command = new Command('generate')
    .description('Load a model and generate text for one prompt or a file of them.')
    .option('--prompt <text>', 'one prompt, as it is')
    .option('--chat <text>', "one request, put through the model's chat template")
    .option(
      '--prompts <file.jsonl>',
      'a prompt per line: {"prompt": …}, {"prompt_token_ids": […]} or {"messages": […]}',
    )
    .option('--chat-template <file.jinja>', "for --chat and messages, instead of the model's own")
    .option('--json', 'print a JSON object per answer instead of the text');
  addConfigFileFlag(command);
  addEngineFlags(command).optionsGroup('Sampling (which tokens are chosen):');
  return addSamplingFlags(command).addHelpText('after', EXAMPLES).action(generate);
}

async function generate(flags: GenerateFlags): Promise<void> {
  const prompts = await promptsOf(flags);
  const given = samplingParamsOf(flags);
  checkShown(flags);
  // Mistakes in the flags are told before the model is loaded, which has a say in the number of tokens.
  new SamplingParams({ maxTokens: null, ...given });
  const signals = listenForSignals(shutdown);
  try {
    await using llm = await loadModel(flags);
    const params = new SamplingParams({ maxTokens: DEFAULT_MAX_TOKENS, ...llm.defaultSamplingParams, ...given });
    if (flags.json) printJson(await llm.generate(prompts, params), params);
    else await printText(llm, prompts, params);
  } catch (error) {
    await signals.stopped; // What fails because of a Ctrl-C is no news.
    throw error;
  } finally {
    await shutdown();
    signals.close();
  }
}

/** @throws {InvalidArgumentError} for a flag whose effect would not be seen. */
function checkShown({ json, detokenize, logprobs, promptLogprobs }: GenerateFlags): void {
  if (json) return;
  if (detokenize === false) throw new InvalidArgumentError('--no-detokenize needs --json: there is no text to print.');
  if (logprobs !== undefined || promptLogprobs !== undefined) {
    throw new InvalidArgumentError('--logprobs and --prompt-logprobs need --json, which prints them.');
  }
}

async function loadModel(flags: GenerateFlags): Promise<LLM> {
  const progress = new LoadProgressView(process.stderr);
  const seed = flags.seed === undefined ? {} : { seed: flags.seed };
  try {
    return await LLM.create({
      ...engineArgsOf(flags),
      ...seed,
      onProgress: (state) => progress.update(state),
      onLog: (line) => process.stderr.write(`${line}\n`),
    });
  } finally {
    progress.close();
  }
}

async function promptsOf(flags: GenerateFlags): Promise<PromptInput[]> {
  const given = [flags.prompt, flags.chat, flags.prompts].filter((value) => value !== undefined);
  if (given.length !== 1) throw new InvalidArgumentError('Give one of --prompt TEXT, --chat TEXT and --prompts FILE.');
  if (flags.prompt !== undefined) return [flags.prompt];
  const template = flags.chatTemplate === undefined ? {} : { chatTemplate: await readTextFile(flags.chatTemplate) };
  if (flags.chat !== undefined) return [{ messages: [{ role: 'user', content: flags.chat }], ...template }];
  const prompts = await readPrompts(flags.prompts!);
  return prompts.map((prompt) => withTemplate(prompt, template));
}

function withTemplate(prompt: PromptInput, template: ChatTemplateOptions): PromptInput {
  return typeof prompt === 'object' && 'messages' in prompt ? { ...prompt, ...template } : prompt;
}

async function printText(llm: LLM, prompts: readonly PromptInput[], params: SamplingParams): Promise<void> {
  const isBarUseful = prompts.length > 1 && process.stderr.isTTY && !process.stdout.isTTY;
  if (!isBarUseful) return streamText(llm, prompts, params);
  const outputs = await llm.generate(prompts, params);
  const texts = outputs.flatMap((output) => output.outputs.map(({ text }) => text));
  process.stdout.write(`${texts.join('\n\n')}\n`);
}

async function streamText(llm: LLM, prompts: readonly PromptInput[], params: SamplingParams): Promise<void> {
  const { n } = params;
  const text = new OrderedText(prompts.length * n, (piece) => process.stdout.write(piece));
  const outputs = prompts.map(async (prompt, index) => {
    const onText = (piece: string, _: number, completion: number) => text.add(index * n + completion, piece);
    await llm.generate([prompt], params, { onText });
    for (let completion = 0; completion < n; completion++) text.finish(index * n + completion);
  });
  await Promise.all(outputs);
}

function printJson(outputs: readonly RequestOutput[], params: SamplingParams): void {
  const lines = outputs.flatMap((output, index) => completionLines(index, output, params));
  for (const line of lines) process.stdout.write(`${JSON.stringify(line)}\n`);
}
