/** The process of one rank of a bare model. It ends with the process that started it. */
import type { TensorParallelGroup } from '../../src/channel/tensor-parallel-group.js';
import { LocalTensorParallelGroup } from '../../worker/model/runner/local-tensor-parallel-group.js';
import { bareLayout } from './bare-layout.js';
import type { BareAnswer, BareCommand, BareRankSpec } from './bare-messages.js';
import { BareModel } from './bare-model.js';
import { type Cell, PROMPT_TOKENS, WARM_UP_STEPS } from './cell.js';
import { endWithParent, pinToCore } from './native-process.js';
import { SpinningGroup } from './spinning-group.js';

let loaded: { readonly model: BareModel; readonly group: TensorParallelGroup } | undefined;

function joinGroup({ model, rank, size, groupPath }: BareRankSpec): TensorParallelGroup {
  const layout = bareLayout(model, size);
  return groupPath === undefined ? new LocalTensorParallelGroup(layout) : new SpinningGroup(groupPath, layout, rank);
}

async function load(spec: BareRankSpec): Promise<BareAnswer> {
  if (spec.size > 1) pinToCore(spec.rank);
  const group = joinGroup(spec);
  loaded = { model: await BareModel.load({ ...spec, group }), group };
  return { kind: 'loaded' };
}

function measure(cell: Cell): BareAnswer {
  const { model, group } = loaded!;
  const pass = (index: number): void => {
    if (cell.kind === 'decode') model.decode(cell.batch, PROMPT_TOKENS + index);
    else model.prefill();
  };
  const numWarm = cell.kind === 'decode' ? WARM_UP_STEPS : 1;
  const numPasses = cell.kind === 'decode' ? cell.numSteps : cell.numPrompts;
  for (let index = 0; index < numWarm; index++) pass(index);
  group.barrier();
  const start = performance.now();
  for (let index = 0; index < numPasses; index++) pass(numWarm + index);
  return { kind: 'measured', ms: (performance.now() - start) / numPasses };
}

async function obey(command: BareCommand): Promise<void> {
  const answer = command.kind === 'load' ? await load(command.spec) : measure(command.cell);
  process.send!(answer);
}

endWithParent();
// A command that fails ends the process with its error, which the benchmark then shows.
process.on('message', (command: BareCommand) => void obey(command));
// The process that started this one decides when an interrupted run ends.
process.on('SIGINT', () => undefined);
