import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Lab } from '../support/lab.js';

interface GoldenCase {
  readonly prompt_token_ids: readonly number[];
  readonly greedy: readonly number[];
  readonly logprobs: readonly number[];
  readonly smallest_top1_gap: number;
}

interface OutputLine {
  readonly token_ids: readonly number[];
  readonly text: string;
  readonly finish_reason: string;
  readonly logprobs: readonly (readonly [number, number])[][];
  readonly prompt_logprobs: readonly ((readonly [number, number])[] | null)[];
}

/** What Hugging Face transformers computes in float32. */
const golden: readonly GoldenCase[] = JSON.parse(
  readFileSync(join(__dirname, '../fixtures/storyteller/golden.json'), 'utf8'),
);

/** Below this gap between the two likeliest tokens, rounding may decide. */
const SAFE_GAP = 0.001;
const LOGPROB_TOLERANCE = 1e-3;

describe('the golden tokens of the storyteller', () => {
  let lab: Lab;
  let promptsFile: string;
  let ofOneRank: OutputLine[];
  beforeAll(async () => {
    lab = new Lab();
    promptsFile = join(lab.directory, 'prompts.jsonl');
    const lines = golden.map(({ prompt_token_ids }) => JSON.stringify({ prompt_token_ids }));
    writeFileSync(promptsFile, lines.join('\n'));
    await lab.startHead(['--num-cpus', '16']);
    ofOneRank = await generate(1, 1, 'uni');
  });
  afterAll(() => lab.close());

  async function generate(tp: number, pp: number, backend: string): Promise<OutputLine[]> {
    const flags = [
      '--model',
      'models/storyteller',
      '-tp',
      `${tp}`,
      '-pp',
      `${pp}`,
      '--distributed-executor-backend',
      backend,
    ];
    const sampling = [
      '--prompts',
      promptsFile,
      '--max-tokens',
      '220',
      '--temperature',
      '0',
      '--logprobs',
      '1',
      '--prompt-logprobs',
      '0',
      '--json',
    ];
    const { code, stdout, stderr } = await lab.ray(['generate', ...flags, ...sampling]);
    if (code !== 0) throw new Error(stderr);
    return stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as OutputLine);
  }

  const sizes = [1, 2, 4].flatMap((tp) => [1, 2, 3, 4].map((pp) => [tp, pp] as const));
  for (const backend of ['uni', 'mp', 'ray']) {
    it.each(sizes)(
      `come from ${backend} with tensor parallel size %i and pipeline parallel size %i`,
      async (tp, pp) => {
        const lines = await generate(tp, pp, backend);
        expect(lines).toHaveLength(golden.length);
        for (const [index, line] of lines.entries()) {
          expectGolden(line, golden[index]!);
          expectSamePrompt(line, ofOneRank[index]!);
        }
      },
    );
  }
});

function expectGolden(line: OutputLine, expected: GoldenCase): void {
  const numSame = line.token_ids.findIndex((token, step) => token !== expected.greedy[step]);
  const isSafe = expected.smallest_top1_gap > SAFE_GAP;
  if (isSafe) {
    expect(line.token_ids).toEqual(expected.greedy);
    expect(line.finish_reason).toBe('stop');
  }
  // Log-probabilities are comparable as far as the tokens before them are the same.
  const numComparable = numSame === -1 ? expected.greedy.length : numSame;
  expect(numComparable).toBeGreaterThan(0);
  for (let step = 0; step < numComparable; step++) {
    const [, logprob] = line.logprobs[step]![0]!;
    expect(Math.abs(logprob - expected.logprobs[step]!)).toBeLessThan(LOGPROB_TOLERANCE);
  }
}

/** The integration tests hold one rank's reports to transformers'. */
function expectSamePrompt(line: OutputLine, { prompt_logprobs: expected }: OutputLine): void {
  expect(line.prompt_logprobs).toHaveLength(expected.length);
  for (const [index, tokens] of expected.entries()) {
    const [chosen] = line.prompt_logprobs[index] ?? [];
    expect(chosen?.[0]).toBe(tokens?.[0]?.[0]);
    if (tokens !== null) expect(Math.abs(chosen![1] - tokens[0]![1])).toBeLessThan(LOGPROB_TOLERANCE);
  }
}
