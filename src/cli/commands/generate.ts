import { Command } from 'commander';
import { shutdown } from '../../api/index.js';
import { InvalidArgumentError } from '../../core/index.js';
import { LLM, type PromptInput, type RequestOutput, SamplingParams } from '../../llm/index.js';
import { addEngineFlags, type EngineFlags, engineArgsOf } from '../engine-flags.js';
import { LoadProgressView } from '../load-progress-view.js';
import { OrderedText } from '../ordered-text.js';
import { parseInteger, parseNumber } from '../parse-values.js';
import { readPrompts } from '../read-prompts.js';

interface GenerateFlags extends EngineFlags {
  readonly prompt?: string;
  readonly chat?: string;
  readonly prompts?: string;
  readonly maxTokens: number;
  readonly temperature: number;
  readonly topP: number;
  readonly topK: number;
  readonly seed?: number;
  readonly ignoreEos?: true;
  readonly logprobs?: number;
  readonly json?: true;
}

export function generateCommand(): Command {
  return addEngineFlags(new Command('generate'))
    .description('Load a model and generate text for one prompt or a file of them.')
    .option('--prompt <text>', 'one prompt, as it is')
    .option('--chat <text>', "one request, put through the model's chat template")
    .option(
      '--prompts <file.jsonl>',
      'a prompt per line: {"prompt": …}, {"prompt_token_ids": […]} or {"messages": […]}',
    )
    .option('--max-tokens <n>', 'tokens of an answer at most', parseInteger, 128)
    .option('--temperature <t>', '0 takes the likeliest token', parseNumber, 1)
    .option('--top-p <p>', 'keep the likeliest tokens up to this probability', parseNumber, 1)
    .option('--top-k <k>', 'keep the K likeliest tokens; 0 keeps all', parseInteger, 0)
    .option('--seed <n>', 'makes sampling repeatable', parseInteger)
    .option('--ignore-eos', 'go on past the end token')
    .option('--logprobs <k>', 'report the K likeliest tokens of every step', parseInteger)
    .option('--json', 'print a JSON object per prompt instead of the text')
    .action(generate);
}

async function generate(flags: GenerateFlags): Promise<void> {
  const prompts = await promptsOf(flags);
  const params = samplingParams(flags);
  const stopListening = stopOnSignals();
  try {
    await using llm = await loadModel(flags);
    if (flags.json) printJson(await llm.generate(prompts, params));
    else await printText(llm, prompts, params);
  } finally {
    await shutdown();
    stopListening();
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
  if (flags.chat !== undefined) return [{ messages: [{ role: 'user', content: flags.chat }] }];
  return readPrompts(flags.prompts!);
}

function samplingParams(flags: GenerateFlags): SamplingParams {
  const { maxTokens, temperature, topP, topK, seed, ignoreEos = false, logprobs } = flags;
  return new SamplingParams({
    maxTokens,
    temperature,
    topP,
    topK,
    ignoreEos,
    ...(seed === undefined ? {} : { seed }),
    ...(logprobs === undefined ? {} : { logprobs }),
  });
}

async function printText(llm: LLM, prompts: readonly PromptInput[], params: SamplingParams): Promise<void> {
  const text = new OrderedText(prompts.length, (piece) => process.stdout.write(piece));
  const outputs = prompts.map(async (prompt, index) => {
    await llm.generate([prompt], params, { onText: (piece) => text.add(index, piece) });
    text.finish(index);
  });
  await Promise.all(outputs);
}

function printJson(outputs: readonly RequestOutput[]): void {
  for (const [index, output] of outputs.entries()) process.stdout.write(`${JSON.stringify(jsonLine(index, output))}\n`);
}

function jsonLine(index: number, { promptTokenIds, outputs }: RequestOutput): object {
  const [completion] = outputs;
  return {
    index,
    prompt_token_ids: promptTokenIds,
    token_ids: completion?.tokenIds,
    text: completion?.text,
    finish_reason: completion?.finishReason,
    // The chosen token is in the map too, with no rank when it is not among the likeliest.
    logprobs: completion?.logprobs?.map((likeliest) =>
      [...likeliest]
        .filter(([, entry]) => entry.rank !== undefined)
        .sort(([, left], [, right]) => right.logprob - left.logprob)
        .map(([tokenId, entry]) => [tokenId, entry.logprob]),
    ),
  };
}

/** Ctrl-C gives the cluster back what the command holds; returns how to stop listening. */
function stopOnSignals(): () => void {
  const stop = (): void => {
    void shutdown().finally(() => process.exit(130));
  };
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  return () => {
    process.off('SIGINT', stop);
    process.off('SIGTERM', stop);
  };
}
