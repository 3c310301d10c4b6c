import { z } from 'zod';
import { InvalidArgumentError, RequestRejectedError } from '../core/index.js';
import type { ModelConfig } from './config/model-config.js';
import type { ChatMessage, ChatTemplateOptions } from './tokenizer/chat-template.js';
import type { Tokenizer } from './tokenizer/tokenizer.js';

interface PromptOptions {
  /** Only prompts with the same salt share cached prefixes, so that one user can't tell what another asked. */
  readonly cacheSalt?: string | undefined;
}

/** What to continue: text, token ids, or a conversation that the model's chat template makes a prompt of. */
export type PromptInput =
  | string
  | ({ readonly prompt: string } & PromptOptions)
  | ({ readonly promptTokenIds: readonly number[] } & PromptOptions)
  | ({ readonly messages: readonly ChatMessage[] } & PromptOptions & ChatTemplateOptions);

const cacheSalt = z.string().min(1).optional();

const promptSchema = z.union([
  z.string(),
  z.strictObject({ prompt: z.string(), cacheSalt }),
  z.strictObject({ promptTokenIds: z.array(z.number()), cacheSalt }),
  z.strictObject({
    messages: z.array(z.looseObject({ role: z.string(), content: z.string() })).min(1),
    cacheSalt,
    chatTemplate: z.string().optional(),
    addGenerationPrompt: z.boolean().optional(),
  }),
]);

export interface TokenizedPrompt {
  /** Undefined when the prompt was given as token ids. */
  readonly prompt: string | undefined;
  readonly promptTokenIds: readonly number[];
  readonly cacheSalt: string | undefined;
}

/**
 * @throws {InvalidArgumentError} when the input has none of the forms or the chat template refuses the messages.
 * @throws {ModelLoadError} for messages when the model has no chat template.
 */
export function tokenizePrompt(input: PromptInput, tokenizer: Tokenizer): TokenizedPrompt {
  const { success, data } = promptSchema.safeParse(input);
  if (!success) {
    throw new InvalidArgumentError(
      `A prompt must be a string, {prompt}, {promptTokenIds} or {messages: [{role, content}, …]}, the latter three with a cacheSalt where wanted, got ${JSON.stringify(input)}.`,
    );
  }
  if (typeof data === 'string') return textPrompt(data, undefined, tokenizer);
  const { cacheSalt: salt } = data;
  if ('prompt' in data) return textPrompt(data.prompt, salt, tokenizer);
  if ('promptTokenIds' in data) return { prompt: undefined, promptTokenIds: data.promptTokenIds, cacheSalt: salt };
  const { messages, chatTemplate, addGenerationPrompt } = data;
  const prompt = tokenizer.applyChatTemplate(messages, { chatTemplate, addGenerationPrompt });
  return { prompt, promptTokenIds: tokenizer.encode(prompt, { addSpecialTokens: false }), cacheSalt: salt };
}

const textPrompt = (prompt: string, salt: string | undefined, tokenizer: Tokenizer): TokenizedPrompt => ({
  prompt,
  promptTokenIds: tokenizer.encode(prompt),
  cacheSalt: salt,
});

/**
 * Keeps the last tokens of a prompt.
 * @param numTokens to keep at most; -1 as many as the model takes, undefined all.
 */
export function truncatePrompt(
  prompt: TokenizedPrompt,
  numTokens: number | undefined,
  maxModelLen: number,
): TokenizedPrompt {
  if (numTokens === undefined) return prompt;
  const kept = numTokens === -1 ? maxModelLen - 1 : numTokens;
  return { ...prompt, promptTokenIds: prompt.promptTokenIds.slice(-kept) };
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
