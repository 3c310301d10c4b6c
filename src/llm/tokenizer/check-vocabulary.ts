import { z } from 'zod';
import { ModelLoadError } from '../../core/index.js';
import { parseModelJson } from '../config/read-model-json.js';

const tokenId = z.int().min(0);

/** Unigram models list [token, score] pairs, whose place is the id; the others map tokens to ids. */
const schema = z.object({
  model: z.object({
    vocab: z.union([z.record(z.string(), tokenId), z.array(z.tuple([z.string(), z.number()]))]),
  }),
  added_tokens: z.array(z.object({ id: tokenId, content: z.string() })).nullish(),
});

interface VocabularyEntry {
  readonly token: string;
  readonly id: number;
}

/** The token with the greatest id; undefined for an empty vocabulary. */
function lastToken({ model: { vocab }, added_tokens: added }: z.output<typeof schema>): VocabularyEntry | undefined {
  let last: VocabularyEntry | undefined;
  const see = (token: string, id: number): void => {
    if (last === undefined || id > last.id) last = { token, id };
  };
  if (Array.isArray(vocab)) for (const [id, [token]] of vocab.entries()) see(token, id);
  else for (const token of Object.keys(vocab)) see(token, vocab[token]!);
  for (const { content, id } of added ?? []) see(content, id);
  return last;
}

/**
 * Refuses a tokenizer.json that is not the model's: a token id that the model has no row for would be an error in the
 * middle of a request.
 * @throws {ModelLoadError} naming the file and the token, or the field that is no vocabulary.
 */
export function checkVocabulary(tokenizerJson: unknown, vocabSize: number, path: string): void {
  const last = lastToken(parseModelJson(schema, path, tokenizerJson));
  if (last === undefined) throw new ModelLoadError(`${path} has an empty vocabulary.`);
  if (last.id >= vocabSize) {
    throw new ModelLoadError(
      `${path} does not belong to this model: its token ${JSON.stringify(last.token)} has the id ${last.id}, and config.json says vocab_size ${vocabSize}.`,
    );
  }
}
