import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Cell } from './cell.js';
import { writeRandomModelFolder } from './random-model-folder.js';

const STORYTELLER = resolve(import.meta.dirname, '../../models/storyteller');

export interface BenchmarkModel {
  readonly name: string;
  readonly folder: string;
  readonly hasWeights: boolean;
  readonly cells: readonly Cell[];
  readonly rounds: number;
}

function cells(numSteps: number, numPrompts: number): Cell[] {
  return [
    { kind: 'decode', batch: 1, numSteps },
    { kind: 'decode', batch: 8, numSteps },
    { kind: 'prefill', numPrompts },
  ];
}

/** A model whose step takes a fraction of a millisecond, so that all that is not computing shows, and one that computes. */
export async function benchmarkModels(temporaryFolder: string, isQuick: boolean): Promise<BenchmarkModel[]> {
  const randomFolder = join(temporaryFolder, 'random-0.4b');
  await mkdir(randomFolder);
  await writeRandomModelFolder(randomFolder, STORYTELLER);
  return [
    {
      name: 'storyteller',
      folder: STORYTELLER,
      hasWeights: true,
      cells: isQuick ? cells(50, 2) : cells(600, 16),
      rounds: isQuick ? 1 : 11,
    },
    {
      name: 'random-0.4b',
      folder: randomFolder,
      hasWeights: false,
      cells: isQuick ? cells(3, 1) : cells(24, 2),
      rounds: isQuick ? 1 : 5,
    },
  ];
}
