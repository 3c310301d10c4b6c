import { z } from 'zod';
import { InvalidArgumentError, RequestRejectedError } from '../core/index.js';
import type { ModelConfig } from './config/model-config.js';
import type { ChatMessage } from './tokenizer/chat-template.js';
import type { Tokenizer } from './tokenizer/tokenizer.js';

/** What to continue: text, token ids, or a conversation that the model's chat template makes a prompt of. */
export type PromptInput =
  | string
  | { readonly prompt: string }
  | { readonly promptTokenIds: readonly number[] }
  | { readonly messages: readonly ChatMessage[] };

const promptSchema = z.union([
  z.string(),
  z.strictObject({ prompt: z.string() }),
  z.strictObject({ promptTokenIds: z.array(z.number()) }),
  z.strictObject({ messages: z.array(z.looseObject({ role: z.string(), content: z.string() })).min(1) }),
]);

export interface TokenizedPrompt {
  /** Undefined when the prompt was given as token ids. */
  readonly prompt: string | undefined;
  readonly promptTokenIds: readonly number[];
}

/**
 * @throws {InvalidArgumentError} when the input has none of the forms or the chat template refuses the messages.
 * @throws {ModelLoadError} for messages when the model has no chat template.
 */
export function tokenizePrompt(input: PromptInput, tokenizer: Tokenizer): TokenizedPrompt {
  const { success, data } = promptSchema.safeParse(input);
  if (!success) {
    throw new InvalidArgumentError(
      `A prompt must be a string, {prompt}, {promptTokenIds} or {messages: [{role, content}, …]}, got ${JSON.stringify(input)}.`,
    );
  }
  if (typeof data === 'string') return { prompt: data, promptTokenIds: tokenizer.encode(data) };
  if ('prompt' in data) return { prompt: data.prompt, promptTokenIds: tokenizer.encode(data.prompt) };
  if ('promptTokenIds' in data) return { prompt: undefined, promptTokenIds: data.promptTokenIds };
  const prompt = tokenizer.applyChatTemplate(data.messages);
  return { prompt, promptTokenIds: tokenizer.encode(prompt, { addSpecialTokens: false }) };
}

/**
 * Refuses prompts that the model can never answer, in vLLM's words.
 * @throws {RequestRejectedError} for an empty prompt, an unknown token, or one that leaves no room for an output token.
 */
export function checkPrompt(
  promptTokenIds: readonly number[],
  { vocabSize, maxModelLen }: Pick<ModelConfig, 'vocabSize' | 'maxModelLen'>,
): void {
  const length = promptTokenIds.length;
  if (length === 0) throw new RequestRejectedError('The decoder prompt cannot be empty.');
  const unknown = promptTokenIds.find((id) => !Number.isInteger(id) || id < 0 || id >= vocabSize);
  if (unknown !== undefined) {
    throw new RequestRejectedError(`Token id ${unknown} is out of vocabulary. The model has ${vocabSize} tokens.`);
  }
  if (length > maxModelLen) {
    throw new RequestRejectedError(
      `The decoder prompt (length ${length}) is longer than the maximum model length of ${maxModelLen}. Make sure that maxModelLen is no smaller than the number of text tokens.`,
    );
  }
  if (length === maxModelLen) {
    throw new RequestRejectedError(
      `The decoder prompt (length ${length}) plus the number of requested output tokens (at least 1) is longer than the maximum model length of ${maxModelLen}. Make sure that maxModelLen is no smaller than the number of text tokens (prompt + requested output tokens).`,
    );
  }
}
