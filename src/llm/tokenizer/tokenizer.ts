import { join } from 'node:path';
import { Tokenizer as HfTokenizer } from '@huggingface/tokenizers';
import { ModelLoadError } from '../../core/index.js';
import { readModelJson } from '../config/read-model-json.js';
import { ByteLevelDecoder, isByteLevelDecoder } from './byte-level-decoder.js';
import { type ChatMessage, ChatTemplate, type ChatTemplateOptions } from './chat-template.js';
import { checkVocabulary } from './check-vocabulary.js';
import { spellToken } from './spell-token.js';

export interface LoadTokenizerOptions {
  /** Tokens of the model: the tokenizer must not have ids beyond them. Fewer are fine, models pad their vocabulary. */
  readonly vocabSize?: number | undefined;
}

const TRIAL_TEXT = 'Once upon a time, 123!';
const TOKENIZER_FILE = 'tokenizer.json';
const TOKENIZER_CONFIG_FILE = 'tokenizer_config.json';

/** Text to token ids and back, as the model's tokenizer.json defines it. */
export class Tokenizer {
  readonly #tokenizer: HfTokenizer;
  readonly #chatTemplate: ChatTemplate;
  /** Texts of the tokens that stand for themselves; the special ones have none of their own. */
  readonly #addedTexts: ReadonlyMap<number, string>;
  readonly #specialTokenIds: ReadonlySet<number>;
  /** Of byte-level vocabularies: ten times as fast as the tokenizer's own. */
  readonly #byteLevel: ByteLevelDecoder | undefined;

  private constructor(tokenizer: HfTokenizer, isByteLevel: boolean, chatTemplate: ChatTemplate) {
    this.#tokenizer = tokenizer;
    this.#chatTemplate = chatTemplate;
    const added = [...tokenizer.get_added_tokens_decoder().values()];
    this.#byteLevel = isByteLevel ? new ByteLevelDecoder((id) => tokenizer.id_to_token(id), added) : undefined;
    this.#addedTexts = new Map(added.map(({ id, content, special }) => [id, special ? '' : content]));
    this.#specialTokenIds = new Set(added.filter((token) => token.special).map((token) => token.id));
  }

  /** @throws {ModelLoadError} when the folder has no tokenizer.json, one that can't be used, or one of another model. */
  static async load(modelPath: string, { vocabSize }: LoadTokenizerOptions = {}): Promise<Tokenizer> {
    const json = await readModelJson(modelPath, TOKENIZER_FILE);
    if (json === undefined) throw new ModelLoadError(`The model folder ${modelPath} has no ${TOKENIZER_FILE}.`);
    const config = (await readModelJson(modelPath, TOKENIZER_CONFIG_FILE)) ?? {};
    const chatTemplate = await ChatTemplate.load(modelPath, config);
    if (vocabSize !== undefined) checkVocabulary(json, vocabSize, join(modelPath, TOKENIZER_FILE));
    try {
      const isByteLevel = isByteLevelDecoder((json as { readonly decoder?: unknown }).decoder);
      const tokenizer = new Tokenizer(new HfTokenizer(json, config), isByteLevel, chatTemplate);
      // Some faults show only in use.
      tokenizer.decode(tokenizer.encode(TRIAL_TEXT));
      return tokenizer;
    } catch (error) {
      throw new ModelLoadError(`${join(modelPath, TOKENIZER_FILE)} holds a tokenizer that can't be used.`, {
        cause: error,
      });
    }
  }

  /** @param addSpecialTokens put the tokens around the text that the model expects, such as a beginning of sequence. */
  encode(text: string, { addSpecialTokens = true }: { readonly addSpecialTokens?: boolean } = {}): number[] {
    return this.#tokenizer.encode(text, { add_special_tokens: addSpecialTokens }).ids;
  }

  /** Bytes that are no whole UTF-8 character become U+FFFD. */
  decode(
    tokenIds: readonly number[],
    { skipSpecialTokens = true }: { readonly skipSpecialTokens?: boolean } = {},
  ): string {
    if (tokenIds.length === 0) return '';
    if (this.#byteLevel !== undefined) return this.#byteLevel.decode(tokenIds, skipSpecialTokens);
    // Cleaning up spaces would change text that a stream has already delivered.
    const options = { skip_special_tokens: skipSpecialTokens, clean_up_tokenization_spaces: false };
    return this.#tokenizer.decode([...tokenIds], options);
  }

  isSpecialToken(tokenId: number): boolean {
    return this.#specialTokenIds.has(tokenId);
  }

  /**
   * What each token adds to a text, as its bytes in the alphabet of byte-level vocabularies; empty for special tokens and
   * for ids that no token has.
   */
  spellTokens(vocabSize: number): string[] {
    return Array.from({ length: vocabSize }, (_, id) => {
      const added = this.#addedTexts.get(id);
      if (added !== undefined) return spellToken(added, 'text');
      const token = this.#tokenizer.id_to_token(id);
      return token === undefined ? '' : spellToken(token, this.#byteLevel === undefined ? 'pieces' : 'bytes');
    });
  }

  /**
   * @throws {ModelLoadError} when the model has no chat template and none is given.
   * @throws {InvalidArgumentError} when the template refuses the messages.
   */
  applyChatTemplate(messages: readonly ChatMessage[], options: ChatTemplateOptions = {}): string {
    return this.#chatTemplate.render(messages, options);
  }
}
