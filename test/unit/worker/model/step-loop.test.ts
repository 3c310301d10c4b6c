import type { RingReader, RingWriter, TensorFrame } from '../../../../src/channel/index.js';
import { ChannelClosedError, InternalError } from '../../../../src/core/index.js';
import { stepFrameTags } from '../../../../src/llm/executor/step-frame-tags.js';
import { decodeStepOutput } from '../../../../src/llm/step-output-codec.js';
import type { StepPlan } from '../../../../src/llm/step-plan.js';
import { encodeStepPlan } from '../../../../src/llm/step-plan-codec.js';
import { WordWriter } from '../../../../src/llm/word-buffer.js';
import type { StageResult } from '../../../../worker/model/runner/index.js';
import { runStepLoop } from '../../../../worker/model/step-loop.js';
import { decode, prefill } from '../../../support/passes.js';

const HIDDEN_SIZE = 2;
type Frame = Omit<TensorFrame, 'sequence'>;

/** A ring with frames in it, closed behind the last one. Like a real one it reuses the room of a frame that was read. */
class ScriptedReader implements RingReader {
  readonly #frames: Frame[];
  #last: Frame | undefined;

  constructor(frames: readonly Frame[]) {
    this.#frames = [...frames];
  }

  read(): TensorFrame {
    this.#last?.payload.fill(0xff);
    this.#last = this.#frames.shift();
    if (!this.#last) throw new ChannelClosedError('The writer closed the ring.');
    return { ...this.#last, sequence: 1 };
  }

  close(): void {}
}

/** Copies what is written, as a ring does; closed after as many frames as a test says. */
class RecordingWriter implements RingWriter {
  readonly frames: Frame[] = [];
  readonly #room: number;

  constructor(room = Number.POSITIVE_INFINITY) {
    this.#room = room;
  }

  write(frame: Frame): void {
    if (this.frames.length >= this.#room) throw new ChannelClosedError('The reader closed the ring.');
    this.frames.push({ ...frame, payload: frame.payload.slice() });
  }

  close(): void {}
}

const planOf = (stepId: number, passes: StepPlan['passes']): StepPlan => ({
  stepId,
  slotMoves: [],
  slotTrims: [],
  slotSamplings: [],
  passes,
});

function planFrame(plan: StepPlan): Frame {
  const payload = encodeStepPlan(plan, new WordWriter()).slice();
  return { tag: stepFrameTags.plan, dtype: 'bytes', shape: [payload.length], payload };
}

function hiddenFrame(...values: number[]): Frame {
  const payload = new Uint8Array(Float32Array.from(values).buffer);
  return { tag: 0, dtype: 'float32', shape: [values.length], payload };
}

const token = (slot: number, tokenId: number) => ({
  slot,
  tokenId,
  logprob: 0,
  rank: 1,
  topTokenIds: new Int32Array(0),
  topLogprobs: new Float32Array(0),
});

interface Rings {
  readonly control: readonly Frame[];
  readonly input?: readonly Frame[];
  readonly output?: RecordingWriter;
}

/** Runs the loop to its end; every step is answered by `answer`. */
function run(
  { control, input, output }: Rings,
  answer: (plan: StepPlan, hiddenStates: readonly Float32Array[] | undefined) => StageResult,
): void {
  const channels = {
    control: new ScriptedReader(control),
    input: input && new ScriptedReader(input),
    output,
  };
  runStepLoop({ execute: answer }, channels, HIDDEN_SIZE, {});
}

const twoPasses = [prefill(0, [5, 6, 7]), decode(1, [{ tokenId: 8, numComputed: 3 }])];

describe('the step loop of the first stage', () => {
  it('computes plan after plan until the control ring is closed, without hidden states', () => {
    const seen: unknown[] = [];
    run({ control: [planFrame(planOf(1, twoPasses)), planFrame(planOf(2, []))] }, (plan, hiddenStates) => {
      seen.push([plan.stepId, plan.passes.map((pass) => [...pass.tokenIds]), hiddenStates]);
      return { kind: 'none' };
    });
    expect(seen).toEqual([
      [1, [[5, 6, 7], [8]], undefined],
      [2, [], undefined],
    ]);
  });

  it('hands on the hidden states of each pass as a frame of floats', () => {
    const output = new RecordingWriter();
    run({ control: [planFrame(planOf(1, twoPasses))], output }, () => ({
      kind: 'hidden-states',
      passes: [Float32Array.of(1, 2, 3, 4, 5, 6), Float32Array.of(7, 8)],
    }));
    expect(output.frames).toEqual([hiddenFrame(1, 2, 3, 4, 5, 6), hiddenFrame(7, 8)]);
  });

  it('throws what the step threw', () => {
    const failing = (): never => {
      throw new InternalError('The cache is on fire.');
    };
    expect(() => run({ control: [planFrame(planOf(1, []))] }, failing)).toThrow('The cache is on fire.');
  });

  it('refuses a frame that is no plan', () => {
    expect(() => run({ control: [hiddenFrame(1)] }, () => ({ kind: 'none' }))).toThrow(InternalError);
  });

  it('fails when the next stage is gone', () => {
    const rings = { control: [planFrame(planOf(1, twoPasses))], output: new RecordingWriter(1) };
    const passes = [Float32Array.of(1), Float32Array.of(2)];
    expect(() => run(rings, () => ({ kind: 'hidden-states', passes }))).toThrow(ChannelClosedError);
  });
});

describe('the step loop of a later stage', () => {
  it('computes with the hidden states of every pass, all of them valid at once', () => {
    const seen: number[][] = [];
    const input = [hiddenFrame(1, 2, 3, 4, 5, 6), hiddenFrame(7, 8)];
    run({ control: [planFrame(planOf(1, twoPasses))], input }, (_plan, hiddenStates) => {
      seen.push(...hiddenStates!.map((values) => [...values]));
      return { kind: 'none' };
    });
    expect(seen).toEqual([
      [1, 2, 3, 4, 5, 6],
      [7, 8],
    ]);
  });

  it('answers with the sampled tokens', () => {
    const output = new RecordingWriter();
    const input = [hiddenFrame(1, 2, 3, 4, 5, 6), hiddenFrame(7, 8)];
    const sampledTokens = [token(0, 11), token(1, 12)];
    run({ control: [planFrame(planOf(4, twoPasses))], input, output }, ({ stepId }) => ({
      kind: 'output',
      output: { stepId, sampledTokens },
    }));
    expect(output.frames.map(({ tag }) => tag)).toEqual([stepFrameTags.output]);
    expect(decodeStepOutput(output.frames[0]!.payload)).toEqual({ stepId: 4, sampledTokens });
  });

  it('answers nothing when nobody reads its results', () => {
    const input = [hiddenFrame(1, 2, 3, 4, 5, 6), hiddenFrame(7, 8)];
    const output = { stepId: 1, sampledTokens: [] };
    expect(() =>
      run({ control: [planFrame(planOf(1, twoPasses))], input }, () => ({ kind: 'output', output })),
    ).not.toThrow();
  });

  it('refuses hidden states of another size than the plan says', () => {
    const input = [hiddenFrame(1, 2), hiddenFrame(7, 8)];
    expect(() => run({ control: [planFrame(planOf(3, twoPasses))], input }, () => ({ kind: 'none' }))).toThrow(
      'Step 3: 8 bytes came for pass 0.',
    );
  });

  it('fails when the stage before is gone in the middle of a step', () => {
    const input = [hiddenFrame(1, 2, 3, 4, 5, 6)];
    expect(() => run({ control: [planFrame(planOf(1, twoPasses))], input }, () => ({ kind: 'none' }))).toThrow(
      ChannelClosedError,
    );
  });
});
