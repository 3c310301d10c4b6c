import { LLM, type RequestOutput, SamplingParams } from 'ray-ts/llm';
import type { Quantization } from '../../src/llm/config/quantization.js';

/** A token sequence, and which of its tokens are held against the model: those from `start` on. */
export interface Text {
  readonly tokenIds: readonly number[];
  readonly start: number;
}

/** What a model says of one position of a text. */
export interface PositionReport {
  /** Natural logarithm of the probability of the token that is there. */
  readonly logprob: number;
  readonly likeliest: number;
  /** Of every token of the vocabulary, if it was asked for. */
  readonly logprobs: Float32Array | undefined;
}

export interface ReportOptions {
  readonly modelFolder: string;
  /** Undefined: float32. */
  readonly quantization: Quantization | undefined;
  readonly numThreads: number;
  /** Of the vocabulary, to report every token's logarithm; undefined: only the token that is there and the likeliest. */
  readonly vocabSize?: number;
}

type PromptReport = NonNullable<NonNullable<RequestOutput['promptLogprobs']>[number]>;

function reportOf(tokenId: number, entries: PromptReport, vocabSize: number | undefined): PositionReport {
  const logprobs = vocabSize === undefined ? undefined : new Float32Array(vocabSize);
  let likeliest = tokenId;
  for (const [id, { logprob, rank }] of entries) {
    if (rank === 1) likeliest = id;
    if (logprobs !== undefined) logprobs[id] = logprob;
  }
  return { logprob: entries.get(tokenId)!.logprob, likeliest, logprobs };
}

/** Loads a model as the engine does for everyone, and reports on every position of the texts, one text after the other. */
export async function reportPositions(texts: readonly Text[], options: ReportOptions): Promise<PositionReport[]> {
  const { modelFolder, quantization, numThreads, vocabSize } = options;
  const llm = await LLM.create({
    model: modelFolder,
    distributedExecutorBackend: 'uni',
    device: 'cpu',
    cpusPerWorker: numThreads,
    maxLogprobs: -1,
    quantization,
  });
  try {
    const params = new SamplingParams({ maxTokens: 1, promptLogprobs: vocabSize === undefined ? 1 : -1 });
    const reports: PositionReport[] = [];
    for (const { tokenIds, start } of texts) {
      const [output] = await llm.generate({ promptTokenIds: tokenIds }, params, { useTqdm: false });
      for (let index = start; index < tokenIds.length; index++) {
        reports.push(reportOf(tokenIds[index]!, output!.promptLogprobs![index]!, vocabSize));
      }
    }
    return reports;
  } finally {
    await llm.shutdown();
  }
}
