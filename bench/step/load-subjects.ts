import { readModelConfig } from '../../src/llm/config/read-model-config.js';
import { BareSubject } from './bare-subject.js';
import type { BenchmarkModel } from './benchmark-models.js';
import { MAX_BATCH, MAX_MODEL_LEN, type Subject } from './cell.js';
import type { Cleanup } from './cleanup.js';
import { EngineSubject } from './engine-subject.js';
import type { Pair } from './report.js';

/** What is held against what: two threads in one process, and two processes of one thread. */
export const pairs = [
  { engine: 'uni, 2 threads', bare: 'bare, 2 threads' },
  { engine: 'ray, tp 2 × 1 thread', bare: 'bare, 2 × 1 thread' },
] as const satisfies readonly Pair[];

/** Loads a model in all forms, each pair next to each other. Needs a cluster. */
export async function loadSubjects(model: BenchmarkModel, cleanup: Cleanup): Promise<Subject[]> {
  const { folder, hasWeights } = model;
  const config = await readModelConfig(folder, { maxModelLen: MAX_MODEL_LEN, needsWeights: hasWeights });
  const shared = {
    model: folder,
    maxModelLen: MAX_MODEL_LEN,
    maxNumSeqs: MAX_BATCH,
    device: 'cpu',
    loadFormat: hasWeights ? 'auto' : 'dummy',
  } as const;
  const uni = { ...shared, distributedExecutorBackend: 'uni', cpusPerWorker: 2 } as const;
  const ray = { ...shared, distributedExecutorBackend: 'ray', tensorParallelSize: 2, cpusPerWorker: 1 } as const;
  const [uniPair, rayPair] = pairs;
  const loaders = [
    () => EngineSubject.load(uniPair.engine, uni, config.vocabSize),
    () => BareSubject.load(uniPair.bare, config, hasWeights, 1),
    () => EngineSubject.load(rayPair.engine, ray, config.vocabSize),
    () => BareSubject.load(rayPair.bare, config, hasWeights, 2),
  ];
  const subjects: Subject[] = [];
  for (const load of loaders) {
    const subject = await load();
    cleanup.add(() => subject.close());
    subjects.push(subject);
  }
  return subjects;
}
