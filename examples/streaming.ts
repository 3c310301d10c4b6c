/**
 * Text as it comes from AsyncLLM, the engine of servers: every request is an async iterable, and any number run at once.
 *
 *     npx tsx examples/streaming.ts [MODEL]
 */
import * as ray from 'ray-ts';
import { AsyncLLM, SamplingParams } from 'ray-ts/llm';

const model = process.argv[2] ?? 'models/storyteller';
const ask = (content: string) => ({ messages: [{ role: 'user', content }] });

ray.main(async () => {
  await using llm = await AsyncLLM.fromEngineArgs({ model });
  const params = new SamplingParams({ temperature: 0, maxTokens: 120, outputKind: 'delta' });

  console.log('A story, piece by piece:');
  for await (const { outputs } of llm.generate(ask('Tell me a story about a fox and a lantern.'), params)) {
    process.stdout.write(outputs[0]!.text);
  }

  console.log('\n\nTwo at once, each with all its text so far:');
  const cumulative = new SamplingParams({ temperature: 0, maxTokens: 120 });
  const follow = async (content: string): Promise<string> => {
    let text = '';
    for await (const { outputs } of llm.generate(ask(content), cumulative)) text = outputs[0]!.text;
    return text;
  };
  console.log(await Promise.all([follow('Count from 41 to 47.'), follow('Count from 12 to 15.')]));

  console.log('\nLeaving the loop aborts the request:');
  for await (const { outputs } of llm.generate('Once', params)) {
    process.stdout.write(outputs[0]!.text);
    break;
  }

  console.log('\n\nSo does its id, and the last output says so:');
  for await (const { outputs } of llm.generate('Once', params, 'my-request')) {
    const { finishReason } = outputs[0]!;
    if (finishReason === undefined) llm.abort('my-request');
    else console.log(`finish reason: ${finishReason}`);
  }

  console.log('\nAnd a signal, whose reason the loop throws:');
  const signal = AbortSignal.timeout(1);
  const endless = new SamplingParams({ maxTokens: null, ignoreEos: true });
  try {
    for await (const _ of llm.generate('Once', endless, undefined, { signal }));
  } catch (error) {
    console.log(`threw ${(error as Error).name}`);
  }
});
