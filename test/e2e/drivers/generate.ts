/**
 * Generates on the lab's cluster until it is done or fails, and tells what happens:
 * {"loaded"}, {"firstToken"}, then {"outputs"} or {"error"}. Arguments: a JSON object of engine arguments, and how many
 * tokens to generate (past the end token).
 */
import * as ray from 'ray-ts';
import { LLM, RayError, SamplingParams } from 'ray-ts/llm';

const [args = '{}', maxTokens = '2000'] = process.argv.slice(2);
const print = (line: object): void => console.log(JSON.stringify(line));

ray.main(async () => {
  try {
    const llm = await LLM.create({ model: 'models/storyteller', cpusPerWorker: 0.5, ...JSON.parse(args) });
    print({ loaded: true });
    let tokens = 0;
    const params = new SamplingParams({ temperature: 0, maxTokens: Number(maxTokens), ignoreEos: true });
    const outputs = await llm.generate(['Once there was'], params, {
      onToken: () => {
        tokens++;
        if (tokens === 1) print({ firstToken: true });
      },
    });
    print({ outputs: outputs.map((output) => output.outputs[0]?.tokenIds) });
    await llm.shutdown();
  } catch (error) {
    if (!(error instanceof RayError)) throw error;
    print({ error: error.name, code: error.code, message: error.message, details: error.details });
  }
});
