/**
 * Calls methods that an extension adds to every worker, and tells what they answer: {"answers"}, then {"error"} of one that
 * throws and of one that is not there. Arguments: a JSON object of engine arguments.
 */
import * as ray from 'ray-ts';
import { LLM } from 'ray-ts/llm';

const print = (line: object): void => console.log(JSON.stringify(line));

async function printFailure(calling: () => Promise<unknown>): Promise<void> {
  try {
    await calling();
  } catch (error) {
    print({ error: (error as Error).message });
  }
}

ray.main(async () => {
  const args = JSON.parse(process.argv[2] ?? '{}');
  await printFailure(async () => {
    await using llm = await LLM.create({ model: 'models/storyteller', cpusPerWorker: 0.5, ...args });
    await llm.collectiveRpc('countCalls', [2]);
    print({ answers: [await llm.collectiveRpc('numLayers'), await llm.collectiveRpc('countCalls', [3])] });
    await printFailure(() => llm.collectiveRpc('fail'));
    await printFailure(() => llm.collectiveRpc('numLayer'));
  });
});
