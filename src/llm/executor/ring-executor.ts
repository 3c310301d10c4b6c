import type { RingReader, RingWriter } from '../../channel/ring.js';
import { attachRingReader, attachRingWriter } from '../../channel/shared-memory-ring.js';
import { InternalError } from '../../core/index.js';
import { decodeStepOutput } from '../step-output-codec.js';
import type { StepOutput, StepPlan } from '../step-plan.js';
import { encodeStepPlan } from '../step-plan-codec.js';
import { WordWriter } from '../word-buffer.js';
import { isAbortFlagRaised } from './abort-flag.js';
import type { Executor } from './executor.js';
import type { RingExecutorConfig } from './executor-config.js';
import { stepFrameTags } from './step-frame-tags.js';
import { StepsInFlight } from './steps-in-flight.js';

/** Talks to ranks in other processes over rings in shared memory; it holds the only end of each that is not a rank's. */
export class RingExecutor implements Executor {
  readonly maxConcurrentBatches: number;
  readonly #controlRings: readonly RingWriter[];
  readonly #outputRing: RingReader;
  readonly #wait: { readonly isAborted: () => boolean };
  readonly #steps: StepsInFlight;
  readonly #encoder = new WordWriter();

  /** @throws {ChannelClosedError} when a ring is gone. */
  constructor(config: RingExecutorConfig) {
    this.maxConcurrentBatches = config.maxConcurrentBatches;
    const { spinMicroseconds } = config;
    this.#controlRings = config.controlRingPaths.map((path) => attachRingWriter(path, { spinMicroseconds }));
    this.#outputRing = attachRingReader(config.outputRingPath, { spinMicroseconds });
    this.#steps = new StepsInFlight(config.stepWords);
    this.#wait = { isAborted: () => isAbortFlagRaised(config.abortFlag) };
  }

  submit(plan: StepPlan): void {
    const payload = encodeStepPlan(plan, this.#encoder);
    const frame = { tag: stepFrameTags.plan, dtype: 'bytes', shape: [payload.length], payload } as const;
    this.#steps.submitted();
    for (const ring of this.#controlRings) ring.write(frame, this.#wait);
  }

  collect(): StepOutput {
    const frame = this.#outputRing.read(this.#wait);
    this.#steps.collected();
    if (frame?.tag === stepFrameTags.output) return decodeStepOutput(frame.payload);
    throw new InternalError(`The output ring carried a frame with tag ${frame?.tag ?? 'none'}.`);
  }

  shutdown(): void {
    for (const ring of this.#controlRings) ring.close();
    this.#outputRing.close();
  }
}
