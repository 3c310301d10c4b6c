import { formatGenerateProgress } from '../../../../src/llm/generate-progress.js';
import { ProgressBar } from '../../../../src/llm/progress-bar.js';

function terminal(isTTY = true) {
  const written: string[] = [];
  return { isTTY, columns: 200, written, write: (text: string) => written.push(text) };
}

function clock() {
  let time = 0;
  return { now: () => time, advance: (ms: number) => (time += ms) };
}

describe('formatGenerateProgress', () => {
  it("has tqdm's form and vLLM's speeds", () => {
    const progress = { numFinished: 1, numPrompts: 4, numInputTokens: 30, numOutputTokens: 80, elapsedSeconds: 20 };
    expect(formatGenerateProgress(progress)).toBe(
      'Processed prompts:  25%|███       | 1/4 [00:20<01:00, 0.05it/s, est. speed input: 1.50 toks/s, output: 4.00 toks/s]',
    );
  });

  it('does not guess before the first prompt is finished', () => {
    const progress = { numFinished: 0, numPrompts: 2, numInputTokens: 0, numOutputTokens: 5, elapsedSeconds: 1 };
    expect(formatGenerateProgress(progress)).toContain('0/2 [00:01<?, ');
  });
});

describe('ProgressBar', () => {
  it('rewrites one line, not more often than people see', () => {
    const screen = terminal();
    const time = clock();
    const bar = new ProgressBar(2, screen, time);
    for (let token = 0; token < 100; token++) {
      bar.tokensCame(1);
      time.advance(10);
    }
    expect(screen.written).toHaveLength(10);
    expect(screen.written.every((text) => text.startsWith('\r'))).toBe(true);
  });

  it('ends with the whole count and a line of its own', () => {
    const screen = terminal();
    const bar = new ProgressBar(2, screen, clock());
    bar.promptFinished(3);
    bar.promptFinished(4);
    bar.close();
    expect(screen.written.at(-2)).toContain('100%|██████████| 2/2');
    expect(screen.written.at(-1)).toBe('\n');
  });

  it('shows a single prompt only when it takes long', () => {
    const screen = terminal();
    const time = clock();
    const bar = new ProgressBar(1, screen, time);
    time.advance(1999);
    bar.tokensCame(1);
    expect(screen.written).toEqual([]);
    time.advance(1);
    bar.tokensCame(1);
    expect(screen.written).toHaveLength(1);
  });

  it('writes nothing to what is no terminal', () => {
    const screen = terminal(false);
    const bar = new ProgressBar(5, screen, clock());
    bar.promptFinished(1);
    bar.close();
    expect(screen.written).toEqual([]);
  });
});
