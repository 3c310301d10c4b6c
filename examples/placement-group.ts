/**
 * An engine in a placement group that the program makes: it decides where the ranks may go, and what else goes there.
 * Two bundles are for the ranks, the third is for an actor that counts words beside them. Runs on the cluster of
 * `ray-ts start --head`, or on one of its own.
 */
import * as ray from 'ray-ts';
import { LLM, SamplingParams } from 'ray-ts/llm';

class WordCounter {
  count(text: string): number {
    return text.split(/\s+/).filter((word) => word !== '').length;
  }
}

const RemoteWordCounter = ray.remote(WordCounter, { numCpus: 0.5 });

ray.main(async () => {
  await ray.init();
  const placementGroup = await ray.placementGroup([{ CPU: 0.5 }, { CPU: 0.5 }, { CPU: 0.5 }], { strategy: 'PACK' });
  const counter = RemoteWordCounter.options({
    schedulingStrategy: { placementGroup, placementGroupBundleIndex: 2 },
  }).remote();
  const llm = await LLM.create({
    model: 'models/storyteller',
    tensorParallelSize: 2,
    cpusPerWorker: 0.5,
    placementGroup,
  });
  const prompt = { messages: [{ role: 'user', content: 'Count from 41 to 47.' }] };
  const [output] = await llm.generate([prompt], new SamplingParams({ temperature: 0, maxTokens: 60 }));
  const text = output!.outputs[0]!.text;
  console.log(`${text} (${await ray.get(counter.count.remote(text))} words)`);
  await llm.shutdown();
  // The group is the program's: it outlives the engine.
  await ray.removePlacementGroup(placementGroup);
  await ray.shutdown();
});
