import { join } from 'node:path';
import { Template } from '@huggingface/jinja';
import { z } from 'zod';
import { InvalidArgumentError, ModelLoadError, toError } from '../../core/index.js';
import { parseModelJson, readModelText } from '../config/read-model-json.js';

const TEMPLATE_FILE = 'chat_template.jinja';

/** One turn of a conversation. */
export interface ChatMessage {
  /** Usually system, user or assistant; the template decides which it knows. */
  readonly role: string;
  readonly content: string;
}

export interface ChatTemplateOptions {
  /** End the prompt where the assistant's answer begins. Default true. */
  readonly addGenerationPrompt?: boolean;
}

/** Special tokens are plain strings, or in older files records with a `content`. */
const specialToken = z
  .union([z.string(), z.object({ content: z.string() }).transform((token) => token.content)])
  .nullish();

const tokenizerConfigSchema = z.object({
  chat_template: z.union([z.string(), z.array(z.object({ name: z.string(), template: z.string() }))]).nullish(),
  bos_token: specialToken,
  eos_token: specialToken,
  pad_token: specialToken,
  unk_token: specialToken,
});

type TokenizerConfig = z.output<typeof tokenizerConfigSchema>;

/** A file with several named templates means the one called default. */
function templateOf({ chat_template: template }: TokenizerConfig): string | undefined {
  if (typeof template === 'string') return template;
  return template?.find(({ name }) => name === 'default')?.template;
}

/** A model's Jinja template that turns a conversation into a prompt. */
export class ChatTemplate {
  readonly #template: Template;
  readonly #specialTokens: Readonly<Record<string, string>>;

  private constructor(template: Template, specialTokens: Readonly<Record<string, string>>) {
    this.#template = template;
    this.#specialTokens = specialTokens;
  }

  /**
   * Takes the template from chat_template.jinja, else from tokenizer_config.json; undefined when the model has none.
   * @throws {ModelLoadError} when the template does not parse.
   */
  static async load(modelPath: string, tokenizerConfigJson: unknown): Promise<ChatTemplate | undefined> {
    const config = parseModelJson(tokenizerConfigSchema, join(modelPath, 'tokenizer_config.json'), tokenizerConfigJson);
    const source = (await readModelText(modelPath, TEMPLATE_FILE)) ?? templateOf(config);
    if (source === undefined) return undefined;
    const { chat_template: _, ...specialTokens } = config;
    const present = Object.entries(specialTokens).filter((entry): entry is [string, string] => entry[1] != null);
    try {
      return new ChatTemplate(new Template(source), Object.fromEntries(present));
    } catch (error) {
      throw new ModelLoadError(`The chat template of ${modelPath} does not parse: ${toError(error).message}`, {
        cause: error,
      });
    }
  }

  /** @throws {InvalidArgumentError} when the template refuses the messages, such as two of the user in a row. */
  render(messages: readonly ChatMessage[], { addGenerationPrompt = true }: ChatTemplateOptions): string {
    try {
      return this.#template.render({
        ...this.#specialTokens,
        messages,
        add_generation_prompt: addGenerationPrompt,
      });
    } catch (error) {
      throw new InvalidArgumentError(`The chat template refuses these messages: ${toError(error).message}`, {
        cause: error,
      });
    }
  }
}
