import { ExpertsWeightSource, fusedSlice } from '../../../../../../worker/model/graphs/moe/experts-weight-source.js';
import type { WeightSlice, WeightSource } from '../../../../../../worker/model/weights/index.js';

const gateOf = (expert: number): WeightSlice => ({
  name: `model.layers.2.mlp.experts.${expert}.gate_proj.weight`,
  shape: [20, 48],
  rows: { start: 10, end: 20 },
});

/** A checkpoint that has the tensors `names` and records what is read of it. */
class RecordingSource implements WeightSource {
  readonly slices: WeightSlice[] = [];
  readonly #names: readonly string[];
  constructor(...names: string[]) {
    this.#names = names;
  }
  has(name: string): boolean {
    return this.#names.includes(name);
  }
  read(slice: WeightSlice): void {
    this.slices.push(slice);
  }
  readIntegers(slice: WeightSlice): void {
    this.slices.push(slice);
  }
  close(): void {}
}

function readThrough(source: RecordingSource, slice: WeightSlice): WeightSlice | undefined {
  const ownName = (name: string): string => name.replace('.mlp.', '.own.');
  new ExpertsWeightSource(source, { numExperts: 5, ownName }).read(slice, new Float32Array(0));
  return source.slices[0];
}

describe('fusedSlice', () => {
  it('finds the gate of an expert before its up projection, among the rows of all experts', () => {
    const fused = { name: 'model.layers.2.mlp.experts.gate_up_proj', shape: [5, 40, 48] };
    expect(fusedSlice(gateOf(3), 5)).toEqual({ ...fused, rows: { start: 130, end: 140 } });
    const up = { ...gateOf(3), name: gateOf(3).name.replace('gate', 'up') };
    expect(fusedSlice(up, 5)).toEqual({ ...fused, rows: { start: 150, end: 160 } });
  });

  it('keeps the columns of a down projection', () => {
    const name = 'model.layers.2.mlp.experts.1.down_proj.weight';
    const slice = { name, shape: [48, 20], rows: { start: 0, end: 48 }, columns: { start: 10, end: 20 } };
    expect(fusedSlice(slice, 5)).toEqual({
      name: 'model.layers.2.mlp.experts.down_proj',
      shape: [5, 48, 20],
      rows: { start: 48, end: 96 },
      columns: { start: 10, end: 20 },
    });
  });

  it('has nothing to say of other tensors', () => {
    expect(fusedSlice({ ...gateOf(0), name: 'model.layers.2.mlp.gate.weight' }, 5)).toBeUndefined();
  });
});

describe('ExpertsWeightSource', () => {
  it('reads experts that are stored together where the checkpoint has them so', () => {
    const stored = readThrough(new RecordingSource('model.layers.2.mlp.experts.gate_up_proj'), gateOf(1));
    expect(stored?.name).toBe('model.layers.2.mlp.experts.gate_up_proj');
  });

  it('reads the name that families share where the checkpoint has it', () => {
    expect(readThrough(new RecordingSource(gateOf(1).name), gateOf(1))).toEqual(gateOf(1));
  });

  it("asks for the family's own name of what the checkpoint has under neither", () => {
    expect(readThrough(new RecordingSource(), gateOf(1))?.name).toBe('model.layers.2.own.experts.1.gate_proj.weight');
  });
});
