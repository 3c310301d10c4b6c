import type { RingReader, RingWriter, WaitOptions } from '../../src/channel/index.js';
import { ChannelClosedError, InternalError } from '../../src/core/index.js';
import { stepFrameTags } from '../../src/llm/executor/step-frame-tags.js';
import { encodeStepOutput } from '../../src/llm/step-output-codec.js';
import type { StepPlan } from '../../src/llm/step-plan.js';
import { decodeStepPlan } from '../../src/llm/step-plan-codec.js';
import { WordWriter } from '../../src/llm/word-buffer.js';
import type { StageResult, StageRunner } from './runner/index.js';

/** A rank's channels, attached. */
export interface StepChannels {
  readonly control: RingReader;
  /** Undefined on the first stage. */
  readonly input: RingReader | undefined;
  /** Undefined for the ranks whose results nobody reads. */
  readonly output: RingWriter | undefined;
}

/**
 * Computes plan after plan until the engine core closes the control ring: the rank's whole life after loading. Blocks the
 * thread.
 * @throws {ChannelClosedError} when a neighbour is gone; what the step threw.
 */
export function runStepLoop(
  runner: Pick<StageRunner, 'execute'>,
  channels: StepChannels,
  hiddenSize: number,
  wait: WaitOptions,
): void {
  const encoder = new WordWriter();
  for (;;) {
    const plan = readPlan(channels.control, wait);
    if (!plan) return;
    const hiddenStates = channels.input && readHiddenStates(channels.input, plan, hiddenSize, wait);
    writeResult(channels.output, runner.execute(plan, hiddenStates), encoder, wait);
  }
}

/** Undefined when the engine core closed the ring: the end, in order. */
function readPlan(control: RingReader, wait: WaitOptions): StepPlan | undefined {
  try {
    const frame = control.read(wait);
    if (frame?.tag === stepFrameTags.plan) return decodeStepPlan(frame.payload);
    throw new InternalError(`The control ring carried a frame with tag ${frame?.tag ?? 'none'}.`);
  } catch (error) {
    if (error instanceof ChannelClosedError) return undefined;
    throw error;
  }
}

/** A frame per pass. Only the last one may stay where it is: reading on frees the room of the one before. */
function readHiddenStates(input: RingReader, plan: StepPlan, hiddenSize: number, wait: WaitOptions): Float32Array[] {
  return plan.passes.map((pass, index) => {
    const payload = input.read(wait)?.payload;
    const length = pass.numRows * pass.tokensPerRow * hiddenSize;
    if (payload?.byteLength !== length * Float32Array.BYTES_PER_ELEMENT) {
      throw new InternalError(`Step ${plan.stepId}: ${payload?.byteLength ?? 0} bytes came for pass ${index}.`);
    }
    const values = new Float32Array(payload.buffer, payload.byteOffset, length);
    return index === plan.passes.length - 1 ? values : values.slice();
  });
}

function writeResult(
  output: RingWriter | undefined,
  result: StageResult,
  encoder: WordWriter,
  wait: WaitOptions,
): void {
  switch (result.kind) {
    case 'hidden-states':
      for (const values of result.passes) {
        const payload = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
        output?.write({ tag: 0, dtype: 'float32', shape: [values.length], payload }, wait);
      }
      break;
    case 'output': {
      const payload = encodeStepOutput(result.output, encoder);
      output?.write({ tag: stepFrameTags.output, dtype: 'bytes', shape: [payload.length], payload }, wait);
      break;
    }
    case 'none':
      break;
  }
}
