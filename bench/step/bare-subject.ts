import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { SharedMemory } from '../../src/channel/shared-memory.js';
import type { ModelConfig } from '../../src/llm/config/model-config.js';
import { bareLayout } from './bare-layout.js';
import type { BareAnswer, BareCommand } from './bare-messages.js';
import type { Cell, Subject } from './cell.js';
import { createSpinningGroup } from './spinning-group.js';

const RANK_PROGRAM = fileURLToPath(new URL('./bare-rank.ts', import.meta.url));

function ask(child: ChildProcess, command: BareCommand): Promise<BareAnswer> {
  return new Promise((resolve, reject) => {
    const onExit = (): void => reject(new Error('A rank of a bare model ended unexpectedly.'));
    child.once('exit', onExit);
    child.once('message', (answer) => {
      child.off('exit', onExit);
      resolve(answer as BareAnswer);
    });
    child.send(command);
  });
}

/** A bare model in processes of its own, one per rank; see bare-model.ts. */
export class BareSubject implements Subject {
  readonly name: string;
  readonly #ranks: readonly ChildProcess[];

  private constructor(name: string, ranks: readonly ChildProcess[]) {
    this.name = name;
    this.#ranks = ranks;
  }

  static async load(name: string, model: ModelConfig, hasWeights: boolean, size: number): Promise<BareSubject> {
    const groupPath = size === 1 ? undefined : `/dev/shm/ray-ts-bench-${process.pid}-${model.hiddenSize}`;
    if (groupPath !== undefined) createSpinningGroup(groupPath, bareLayout(model, size));
    const subject = new BareSubject(
      name,
      Array.from({ length: size }, () => fork(RANK_PROGRAM, { serialization: 'advanced' })),
    );
    try {
      await subject.#askAll((rank) => ({ kind: 'load', spec: { model, hasWeights, rank, size, groupPath } }));
      return subject;
    } catch (error) {
      await subject.close();
      throw error;
    } finally {
      if (groupPath !== undefined) SharedMemory.remove(groupPath);
    }
  }

  async measure(cell: Cell): Promise<number> {
    const [first] = await this.#askAll(() => ({ kind: 'measure', cell }));
    if (first?.kind !== 'measured') throw new Error('A bare rank answered something else.');
    return first.ms;
  }

  async close(): Promise<void> {
    const running = this.#ranks.filter(({ exitCode, signalCode }) => exitCode === null && signalCode === null);
    await Promise.all(
      running.map((rank) => {
        const exited = once(rank, 'exit');
        rank.kill('SIGKILL');
        return exited;
      }),
    );
  }

  #askAll(command: (rank: number) => BareCommand): Promise<BareAnswer[]> {
    return Promise.all(this.#ranks.map((child, rank) => ask(child, command(rank))));
  }
}
