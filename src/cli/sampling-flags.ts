import { type Command, Option } from 'commander';
import type { SamplingParamsInit } from '../llm/index.js';
import { parseInteger, parseJsonObject, parseNumber } from './parse-values.js';

/** Flags that are a sampling parameter each; the names are vLLM's. */
interface ParameterFlags {
  readonly n?: number;
  readonly maxTokens?: number;
  readonly minTokens?: number;
  readonly temperature?: number;
  readonly topP?: number;
  readonly topK?: number;
  readonly minP?: number;
  readonly presencePenalty?: number;
  readonly frequencyPenalty?: number;
  readonly repetitionPenalty?: number;
  readonly seed?: number;
  readonly stop?: readonly string[];
  readonly stopTokenIds?: readonly number[];
  readonly includeStopStrInOutput?: true;
  readonly ignoreEos?: true;
  readonly badWords?: readonly string[];
  readonly logitBias?: Readonly<Record<string, unknown>>;
  readonly allowedTokenIds?: readonly number[];
  readonly logprobs?: number;
  readonly promptLogprobs?: number;
  readonly truncatePromptTokens?: number;
  readonly skipReadingPrefixCache?: true;
}

/** Flags that say which outputs are allowed; one at most. */
interface StructureFlags {
  readonly jsonSchema?: Readonly<Record<string, unknown>>;
  readonly jsonObject?: true;
  readonly regex?: string;
  readonly choice?: readonly string[];
  readonly grammar?: string;
  readonly structuralTag?: Readonly<Record<string, unknown>>;
}

/** Flags that are on unless they are turned off with `--no-…`. */
interface DefaultOnFlags {
  readonly detokenize?: boolean;
  readonly skipSpecialTokens?: boolean;
}

export type SamplingFlags = ParameterFlags & StructureFlags & DefaultOnFlags & { readonly disableAnyWhitespace?: true };

const collect = (text: string, earlier: readonly string[] = []): string[] => [...earlier, text];
const collectIds = (text: string, earlier: readonly number[] = []): number[] => [
  ...earlier,
  ...text.split(',').map(parseInteger),
];

function addChoosingFlags(command: Command): Command {
  return command
    .option('--temperature <t>', '0 takes the likeliest token (default: 1)', parseNumber)
    .option('--top-p <p>', 'keep the likeliest tokens up to this probability (default: 1)', parseNumber)
    .option('--top-k <k>', 'keep the K likeliest tokens; 0 keeps all (default: 0)', parseInteger)
    .option('--min-p <p>', 'keep tokens of at least this part of the likeliest probability', parseNumber)
    .option('--presence-penalty <x>', 'against tokens that the output has, -2 to 2', parseNumber)
    .option('--frequency-penalty <x>', 'the same, for every time that it has them', parseNumber)
    .option('--repetition-penalty <x>', 'above 1 against tokens of prompt and output', parseNumber)
    .option('--bad-words <text>', 'never say this; repeatable', collect)
    .option('--logit-bias <json>', 'add to logits, such as \'{"42": -100}\'', parseJsonObject)
    .option('--allowed-token-ids <ids>', 'choose only among these, such as 5,6,7', collectIds)
    .option('--seed <n>', 'makes sampling repeatable', parseInteger)
    .option('--n <n>', 'answers to every prompt (default: 1)', parseInteger);
}

function addEndingFlags(command: Command): Command {
  return command
    .option('--max-tokens <n>', 'tokens of an answer at most (default: 128)', parseInteger)
    .option('--min-tokens <n>', 'tokens of an answer at least (default: 0)', parseInteger)
    .option('--stop <text>', 'end where this appears; repeatable', collect)
    .option('--stop-token-ids <ids>', 'end after one of these tokens, such as 5,6', collectIds)
    .option('--include-stop-str-in-output', 'keep the text that ended it')
    .option('--ignore-eos', 'go on past the end token');
}

function addStructureFlags(command: Command): Command {
  const others = ['jsonSchema', 'jsonObject', 'regex', 'choice', 'grammar', 'structuralTag'];
  const option = (flags: string, description: string) => {
    const created = new Option(flags, description);
    return created.conflicts(others.filter((name) => name !== created.attributeName()));
  };
  return command
    .addOption(
      option('--json-schema <json>', 'answer with JSON of this schema, such as "$(cat schema.json)"').argParser(
        parseJsonObject,
      ),
    )
    .addOption(option('--json-object', 'answer with any JSON object'))
    .addOption(option('--regex <pattern>', 'answer with text that matches'))
    .addOption(option('--choice <text>', 'answer with one of these; repeatable').argParser(collect))
    .addOption(option('--grammar <ebnf>', 'answer with a sentence of this grammar, whose first rule is root'))
    .addOption(option('--structural-tag <json>', 'answer with text whose tags hold JSON').argParser(parseJsonObject))
    .option('--disable-any-whitespace', 'JSON of an answer on one line');
}

/** Adds a flag for every sampling parameter that makes sense for one command. */
export function addSamplingFlags(command: Command): Command {
  return addStructureFlags(addEndingFlags(addChoosingFlags(command)))
    .option('--no-skip-special-tokens', 'show special tokens in the text')
    .option('--no-detokenize', 'make no text of the tokens (with --json)')
    .option('--skip-reading-prefix-cache', 'compute the whole prompt, whatever of it is cached')
    .option('--truncate-prompt-tokens <n>', 'keep the last N tokens of a prompt; -1 as many as fit', parseInteger)
    .option('--logprobs <k>', 'report the K likeliest tokens of every step (with --json)', parseInteger)
    .option('--prompt-logprobs <k>', 'the same for the tokens of the prompt (with --json)', parseInteger);
}

const PARAMETER_NAMES = [
  'n',
  'maxTokens',
  'minTokens',
  'temperature',
  'topP',
  'topK',
  'minP',
  'presencePenalty',
  'frequencyPenalty',
  'repetitionPenalty',
  'seed',
  'stop',
  'stopTokenIds',
  'includeStopStrInOutput',
  'ignoreEos',
  'badWords',
  'logitBias',
  'allowedTokenIds',
  'logprobs',
  'promptLogprobs',
  'truncatePromptTokens',
  'skipReadingPrefixCache',
] as const satisfies readonly (keyof ParameterFlags)[];

function structuredOutputs(flags: SamplingFlags): object | undefined {
  const { jsonSchema, jsonObject, regex, choice, grammar, structuralTag, disableAnyWhitespace } = flags;
  const fields = { json: jsonSchema, jsonObject, regex, choice, grammar, structuralTag, disableAnyWhitespace };
  const given = Object.entries(fields).filter(([, value]) => value !== undefined);
  return given.length === 0 ? undefined : Object.fromEntries(given);
}

/** The parameters that were given as flags; the others are the model's or vLLM's defaults. */
export function samplingParamsOf(flags: SamplingFlags): SamplingParamsInit {
  const structure = structuredOutputs(flags);
  return {
    ...Object.fromEntries(
      PARAMETER_NAMES.filter((name) => flags[name] !== undefined).map((name) => [name, flags[name]]),
    ),
    ...(flags.skipSpecialTokens === false ? { skipSpecialTokens: false } : {}),
    ...(flags.detokenize === false ? { detokenize: false } : {}),
    ...(structure === undefined ? {} : { structuredOutputs: structure }),
  };
}
