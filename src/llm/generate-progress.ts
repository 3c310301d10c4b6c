/** How far a call of generate is. */
export interface GenerateProgress {
  readonly numFinished: number;
  readonly numPrompts: number;
  /** Of the finished prompts. */
  readonly numInputTokens: number;
  readonly numOutputTokens: number;
  readonly elapsedSeconds: number;
}

const BAR_WIDTH = 10;
const SECONDS_PER_MINUTE = 60;

function formatDuration(seconds: number): string {
  const whole = Math.round(seconds);
  const minutes = Math.floor(whole / SECONDS_PER_MINUTE);
  return `${String(minutes).padStart(2, '0')}:${String(whole % SECONDS_PER_MINUTE).padStart(2, '0')}`;
}

/** One line in the form of tqdm's, with the text that vLLM adds. */
export function formatGenerateProgress(progress: GenerateProgress): string {
  const { numFinished, numPrompts, numInputTokens, numOutputTokens, elapsedSeconds } = progress;
  const fraction = numFinished / numPrompts;
  const percent = String(Math.floor(fraction * 100)).padStart(3);
  const bar = '█'.repeat(Math.round(fraction * BAR_WIDTH)).padEnd(BAR_WIDTH);
  const remaining = numFinished === 0 ? '?' : formatDuration((elapsedSeconds * (1 - fraction)) / fraction);
  const rate = (count: number) => (count / Math.max(elapsedSeconds, 1e-3)).toFixed(2);
  const speed = `est. speed input: ${rate(numInputTokens)} toks/s, output: ${rate(numOutputTokens)} toks/s`;
  return `Processed prompts: ${percent}%|${bar}| ${numFinished}/${numPrompts} [${formatDuration(elapsedSeconds)}<${remaining}, ${rate(numFinished)}it/s, ${speed}]`;
}
