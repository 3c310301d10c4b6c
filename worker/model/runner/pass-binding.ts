import type { Cut, CutPort } from '../graphs/index.js';
import {
  type Binding,
  type ExecutionProvider,
  type OrtEnvironment,
  type Session,
  Tensor,
  type TensorSpec,
} from '../ort/index.js';
import { otherTurn, type Turn } from './pass-buffers.js';
import type { PassShape } from './pass-shape.js';
import { type BufferTurns, describeTensor, type RankDims, type RankMemory } from './pass-tensors.js';

/** A cut whose graph is loaded: its ports say what to bind, its weights are the session's. */
export interface LoadedCut extends Pick<Cut, 'name' | 'runsIn' | 'inputs' | 'outputs'> {
  readonly session: Session;
  /** Default `cpu`. */
  readonly provider?: ExecutionProvider;
}

/** The tensors of one pass shape; every address has one. */
class TensorPool {
  readonly #environment: OrtEnvironment;
  readonly #tensors = new Map<bigint, Tensor>();

  constructor(environment: OrtEnvironment) {
    this.#environment = environment;
  }

  require(spec: TensorSpec): Tensor {
    const existing = this.#tensors.get(spec.address);
    if (existing !== undefined) return existing;
    const tensor = new Tensor(this.#environment, spec);
    this.#tensors.set(spec.address, tensor);
    return tensor;
  }

  close(): void {
    for (const tensor of this.#tensors.values()) tensor.close();
  }
}

const hasPort = (ports: readonly CutPort[], kind: CutPort['value']['kind']): boolean =>
  ports.some(({ value }) => value.kind === kind);

/** Where a cut's outputs go: it writes the buffer that it does not read. */
function turnsAfter(cut: LoadedCut, turns: BufferTurns): BufferTurns {
  return {
    hiddenStates: hasPort(cut.outputs, 'hidden-states') ? otherTurn(turns.hiddenStates) : turns.hiddenStates,
    partialSums: hasPort(cut.outputs, 'partial-sum') ? otherTurn(turns.partialSums) : turns.partialSums,
  };
}

/** Everything that a rank's cuts need to run passes of one shape: nothing is allocated while they run. */
export class PassBinding {
  /** The buffer of the residual stream that the last cut to change it leaves it in. */
  readonly finalHiddenStates: Turn;
  readonly shape: PassShape;
  readonly #tensors: TensorPool;
  /** By cut; undefined for those that the passes leave out. */
  readonly #bindings: readonly (Binding | undefined)[];
  /** By cut; undefined for those that write no partial sums. */
  readonly #writtenSums: readonly (Turn | undefined)[];
  /** Bindings to the host's memory that a device has copies of. */
  readonly #copiedInputs: { readonly binding: Binding; readonly name: string; readonly tensor: Tensor }[] = [];

  /** @param isBound the cuts that the passes run; default all. */
  constructor(
    environment: OrtEnvironment,
    cuts: readonly LoadedCut[],
    shape: PassShape,
    dims: RankDims,
    memory: RankMemory,
    isBound: (cut: LoadedCut) => boolean = () => true,
  ) {
    this.shape = shape;
    this.#tensors = new TensorPool(environment);
    let turns: BufferTurns = { hiddenStates: 0, partialSums: 0 };
    const writtenSums: (Turn | undefined)[] = [];
    this.#bindings = cuts.map((cut) => {
      const before = turns;
      turns = turnsAfter(cut, turns);
      writtenSums.push(hasPort(cut.outputs, 'partial-sum') ? turns.partialSums : undefined);
      const specAt =
        (at: BufferTurns) =>
        ({ value }: CutPort): TensorSpec =>
          describeTensor(value, shape, at, dims, memory);
      return isBound(cut) ? this.#bind(cut, specAt(before), specAt(turns)) : undefined;
    });
    this.#writtenSums = writtenSums;
    this.finalHiddenStates = turns.hiddenStates;
  }

  /** Binding an input copies the host's memory to the device, so what was written there since is bound again. */
  refreshInputs(): void {
    for (const { binding, name, tensor } of this.#copiedInputs) binding.bindInput(name, tensor);
  }

  /** The binding of the cut in place `cutIndex`. */
  of(cutIndex: number): Binding {
    return this.#bindings[cutIndex]!;
  }

  /** The buffer into which the cut in place `cutIndex` writes partial sums; undefined when it writes none. */
  writtenSums(cutIndex: number): Turn | undefined {
    return this.#writtenSums[cutIndex];
  }

  close(): void {
    for (const binding of this.#bindings) binding?.close();
    this.#tensors.close();
  }

  #bind(cut: LoadedCut, inputSpec: (port: CutPort) => TensorSpec, outputSpec: (port: CutPort) => TensorSpec): Binding {
    const binding = cut.session.createBinding();
    for (const port of cut.inputs) {
      const spec = inputSpec(port);
      const tensor = this.#tensors.require(spec);
      binding.bindInput(port.name, tensor);
      if (cut.provider === 'webgpu' && spec.place !== 'webgpu')
        this.#copiedInputs.push({ binding, name: port.name, tensor });
    }
    for (const port of cut.outputs) binding.bindOutput(port.name, this.#tensors.require(outputSpec(port)));
    return binding;
  }
}
