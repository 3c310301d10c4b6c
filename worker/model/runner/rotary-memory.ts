import type { ModelConfig } from '../../../src/llm/config/model-config.js';
import { ropeTables } from '../graphs/index.js';
import { Memory } from '../ort/index.js';

const FLOAT_BYTES = 4;

/** The rotary tables at fixed addresses, once for all layers and ranks of the process: float32 [maxModelLen, headDim / 2]. */
export class RotaryMemory {
  readonly cos: Memory;
  readonly sin: Memory;

  constructor({ rope, headDim, maxModelLen }: ModelConfig) {
    const { cos, sin } = ropeTables(rope, headDim, maxModelLen);
    this.cos = Memory.allocate(cos.length * FLOAT_BYTES);
    this.sin = Memory.allocate(sin.length * FLOAT_BYTES);
    this.cos.float32(0, cos.length).set(cos);
    this.sin.float32(0, sin.length).set(sin);
  }

  close(): void {
    this.cos.close();
    this.sin.close();
  }
}
