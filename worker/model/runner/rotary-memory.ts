import type { ModelConfig, RopeConfig } from '../../../src/llm/config/model-config.js';
import { type RotaryLayers, ropeTables } from '../graphs/index.js';
import { Memory, type PlacedMemory } from '../ort/index.js';

const FLOAT_BYTES = 4;

/** One kind of layers' tables at fixed addresses: float32 [maxModelLen, attentionHeadDim / 2] each. */
export interface RotaryTablesMemory {
  readonly cos: Memory;
  readonly sin: Memory;
}

function allocateTables(rope: RopeConfig, { headDim, maxModelLen }: ModelConfig): RotaryTablesMemory {
  const { cos, sin } = ropeTables(rope, headDim, maxModelLen);
  const store = (values: Float32Array): Memory => {
    const memory = Memory.allocate(values.length * FLOAT_BYTES);
    memory.float32(0, values.length).set(values);
    return memory;
  };
  return { cos: store(cos), sin: store(sin) };
}

/** The tables of each kind of layers, wherever they lie. */
export interface RotaryTables {
  tables(layers: RotaryLayers): { readonly cos: PlacedMemory; readonly sin: PlacedMemory };
}

/** The rotary tables, once for all layers and ranks of the process. */
export class RotaryMemory implements RotaryTables {
  readonly #tables: Readonly<Record<RotaryLayers, RotaryTablesMemory>>;

  constructor(model: ModelConfig) {
    const full = allocateTables(model.rope, model);
    const { slidingWindow } = model;
    this.#tables = { full, sliding: slidingWindow === undefined ? full : allocateTables(slidingWindow.rope, model) };
  }

  /** Of the layers of one kind. */
  tables(layers: RotaryLayers): RotaryTablesMemory {
    return this.#tables[layers];
  }

  close(): void {
    const { full, sliding } = this.#tables;
    for (const tables of new Set([full, sliding])) {
      tables.cos.close();
      tables.sin.close();
    }
  }
}
