import { attentionHeadDim } from '../../../src/llm/config/attention-head-dim.js';
import type { ModelConfig } from '../../../src/llm/config/model-config.js';
import { type Dim, type ElementType, GraphBuilder } from '../onnx/index.js';
import type { Cut, CutPort, PassValue, RotaryLayers } from './cut.js';

/** A layer's cache, as the attention operator takes and returns it. */
export interface CachePorts {
  readonly pastKey: string;
  readonly pastValue: string;
  readonly presentKey: string;
  readonly presentValue: string;
}

/** A graph under construction whose inputs and outputs are the values of a pass. */
export class CutBuilder {
  readonly graph = new GraphBuilder();
  readonly #name: string;
  readonly #model: ModelConfig;
  readonly #headDim: number;
  readonly #inputs: CutPort[] = [];
  readonly #outputs: CutPort[] = [];

  constructor(name: string, model: ModelConfig) {
    this.#name = name;
    this.#model = model;
    this.#headDim = attentionHeadDim(model);
  }

  tokenIds(): string {
    return this.#input('token_ids', { kind: 'token-ids' }, 'int64', ['rows', 'tokens']);
  }

  hiddenStates(): string {
    return this.#input('hidden_states', { kind: 'hidden-states' }, 'float32', this.#hiddenDims());
  }

  partialSum(rank: number): string {
    return this.#input(`partial_sum.${rank}`, { kind: 'partial-sum', rank }, 'float32', this.#hiddenDims());
  }

  /** Two int32 values that every attention operator of the graph shares: [lastPositions, totalLength]. */
  lengths(): readonly [string, string] {
    return [
      this.#input('last_positions', { kind: 'last-positions' }, 'int32', ['rows']),
      this.#input('total_length', { kind: 'total-length' }, 'int32', []),
    ];
  }

  /** The tables of the rotary embedding: [cos, sin]. */
  rotaryTables(layers: RotaryLayers): readonly [string, string] {
    const dims = [this.#model.maxModelLen, this.#headDim / 2];
    return [
      this.#input(`rotary_cos.${layers}`, { kind: 'rotary-cos', layers }, 'float32', dims),
      this.#input(`rotary_sin.${layers}`, { kind: 'rotary-sin', layers }, 'float32', dims),
    ];
  }

  /** Declares a layer's cache as input and, under the names that the caller gives to a node, as output. */
  cache(layer: number, numKeyValueHeads: number): CachePorts {
    const dims = ['rows', numKeyValueHeads, this.#model.maxModelLen, this.#headDim];
    const ports = {
      pastKey: this.#input(`past_key.${layer}`, { kind: 'key-cache', layer }, 'float32', dims),
      pastValue: this.#input(`past_value.${layer}`, { kind: 'value-cache', layer }, 'float32', dims),
      presentKey: `present_key.${layer}`,
      presentValue: `present_value.${layer}`,
    };
    this.#output(ports.presentKey, { kind: 'key-cache', layer }, dims);
    this.#output(ports.presentValue, { kind: 'value-cache', layer }, dims);
    return ports;
  }

  outputHiddenStates(value: string): void {
    this.#output(value, { kind: 'hidden-states' }, this.#hiddenDims());
  }

  outputPartialSum(value: string, rank: number): void {
    this.#output(value, { kind: 'partial-sum', rank }, this.#hiddenDims());
  }

  outputExpertCounts(value: string, layer: number, numExperts: number): void {
    this.#output(value, { kind: 'expert-counts', layer }, [numExperts], 'int64');
  }

  outputLogits(value: string, width: number): void {
    this.#output(value, { kind: 'logits' }, ['rows', width]);
  }

  build(runsIn: Cut['runsIn'] = 'every-pass'): Cut {
    return { name: this.#name, runsIn, model: this.graph.build(), inputs: this.#inputs, outputs: this.#outputs };
  }

  #hiddenDims(): readonly Dim[] {
    return ['rows', 'tokens', this.#model.hiddenSize];
  }

  /** Declared once, however many nodes ask for it. */
  #input(name: string, value: PassValue, type: ElementType, dims: readonly Dim[]): string {
    if (this.#inputs.some((port) => port.name === name)) return name;
    this.#inputs.push({ name, value });
    return this.graph.input(name, type, dims);
  }

  #output(name: string, value: PassValue, dims: readonly Dim[], type: ElementType = 'float32'): void {
    this.#outputs.push({ name, value });
    this.graph.output(name, type, dims);
  }
}
