/**
 * The same requests in float32 and with quantized weights, each in a process of its own: what they say, and what a process
 * takes. Of a model as small as the storyteller, most is the program itself.
 *
 *     npx tsx examples/quantization.ts [MODEL]
 */
import * as ray from 'ray-ts';
import { type EngineArgs, LLM, SamplingParams } from 'ray-ts/llm';

const model = process.argv[2] ?? 'models/storyteller';
const asks = ['Count from 41 to 47.', 'Tell me a story about a fox and a lantern.'];
const quantizations = ['float32', 'int8', 'int4'] as const;

class Engine {
  readonly #args: EngineArgs;

  constructor(args: EngineArgs) {
    this.#args = args;
  }

  async generate(contents: readonly string[]) {
    await using llm = await LLM.create(this.#args);
    const prompts = contents.map((content) => ({ messages: [{ role: 'user', content }] }));
    const outputs = await llm.generate(prompts, new SamplingParams({ temperature: 0, maxTokens: 60 }));
    const completions = outputs.map(({ outputs: [completion] }) => completion!);
    return {
      texts: completions.map(({ text }) => text),
      tokenIds: completions.flatMap(({ tokenIds }) => tokenIds),
      megabytes: Math.round(process.memoryUsage().rss / 1e6),
    };
  }
}

const RemoteEngine = ray.remote(Engine, { numCpus: 1 });

ray.main(async () => {
  await ray.init();
  let reference: readonly number[] | undefined;
  for (const quantization of quantizations) {
    const engine = RemoteEngine.remote(quantization === 'float32' ? { model } : { model, quantization });
    const { texts, tokenIds, megabytes } = await ray.get(engine.generate.remote(asks));
    await ray.kill(engine);
    reference ??= tokenIds;
    const numEqual = tokenIds.filter((id, index) => id === reference?.[index]).length;
    console.log(`\n${quantization}: ${megabytes} MB, ${numEqual} of ${tokenIds.length} tokens as in float32`);
    for (const text of texts) console.log(`  ${text}`);
  }
});
