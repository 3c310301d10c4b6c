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
  readonly addGenerationPrompt?: boolean | undefined;
  /** Jinja template that is used instead of the model's own. */
  readonly chatTemplate?: string | undefined;
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

function parseGiven(source: string): Template {
  try {
    return new Template(source);
  } catch (error) {
    throw new InvalidArgumentError(`The given chatTemplate does not parse: ${toError(error).message}`, {
      cause: error,
    });
  }
}

/** Turns conversations into prompts, with a model's own Jinja template or one that is given. */
export class ChatTemplate {
  readonly #own: Template | undefined;
  readonly #specialTokens: Readonly<Record<string, string>>;
  readonly #modelPath: string;

  private constructor(own: Template | undefined, specialTokens: Readonly<Record<string, string>>, modelPath: string) {
    this.#own = own;
    this.#specialTokens = specialTokens;
    this.#modelPath = modelPath;
  }

  /**
   * Takes the model's template from chat_template.jinja, else from tokenizer_config.json; it may have none.
   * @throws {ModelLoadError} when the template does not parse.
   */
  static async load(modelPath: string, tokenizerConfigJson: unknown): Promise<ChatTemplate> {
    const config = parseModelJson(tokenizerConfigSchema, join(modelPath, 'tokenizer_config.json'), tokenizerConfigJson);
    const source = (await readModelText(modelPath, TEMPLATE_FILE)) ?? templateOf(config);
    const { chat_template: _, ...specialTokens } = config;
    const present = Object.entries(specialTokens).filter((entry): entry is [string, string] => entry[1] != null);
    try {
      const own = source === undefined ? undefined : new Template(source);
      return new ChatTemplate(own, Object.fromEntries(present), modelPath);
    } catch (error) {
      throw new ModelLoadError(`The chat template of ${modelPath} does not parse: ${toError(error).message}`, {
        cause: error,
      });
    }
  }

  /**
   * @throws {InvalidArgumentError} when the template refuses the messages, such as two of the user in a row, or a given one
   * does not parse.
   * @throws {ModelLoadError} when the model has no template and none is given.
   */
  render(messages: readonly ChatMessage[], { addGenerationPrompt = true, chatTemplate }: ChatTemplateOptions): string {
    const template = chatTemplate === undefined ? this.#own : parseGiven(chatTemplate);
    if (template === undefined) {
      throw new ModelLoadError(
        `The model ${this.#modelPath} has no chat template (${TEMPLATE_FILE} or chat_template in tokenizer_config.json). Give a chatTemplate, or use generate with a prompt instead of chat.`,
      );
    }
    try {
      return template.render({
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
