/** Four actors add up their gradients: npx tsx examples/all-reduce.ts */
import * as ray from 'ray-ts';

const WORLD_SIZE = 4;

class Trainer {
  readonly #rank: number;

  constructor(rank: number) {
    this.#rank = rank;
  }

  async step(): Promise<number> {
    if (!ray.collective.isGroupInitialized()) await ray.collective.initCollectiveGroup(WORLD_SIZE, this.#rank);
    const gradients = new Float32Array(1_000).fill(this.#rank);
    await ray.collective.allReduce(gradients);
    return gradients[0]! / WORLD_SIZE;
  }
}

const RemoteTrainer = ray.remote(Trainer, { numCpus: 0.25 });

ray.main(async () => {
  await ray.init();
  const bundles = Array.from({ length: WORLD_SIZE }, () => ({ CPU: 0.25 }));
  const group = await ray.placementGroup(bundles, { strategy: 'SPREAD' });
  await group.ready();
  const trainers = bundles.map((_, rank) =>
    RemoteTrainer.options({
      schedulingStrategy: { placementGroup: group, placementGroupBundleIndex: rank },
    }).remote(rank),
  );
  for (let step = 0; step < 2; step++) {
    console.log(await ray.get(trainers.map((trainer) => trainer.step.remote()))); // the mean rank, at every rank
  }
  await ray.shutdown();
});
