import { DeadlineExceededError } from '../../core/index.js';

/** vLLM gives a health check ten seconds. */
export const HEALTH_CHECK_TIMEOUT_MS = 10_000;

/**
 * The answers of all ranks, in their order. Each call has its own answer, so one that comes too late is nobody else's.
 * @param timeoutMs undefined waits as long as it takes.
 * @throws {DeadlineExceededError} naming the ranks that had not answered in time. @throws what the first failing rank did.
 */
export async function callAllRanks<Answer>(
  what: string,
  answers: readonly Promise<Answer>[],
  timeoutMs: number | undefined,
): Promise<Answer[]> {
  if (timeoutMs === undefined) return Promise.all(answers);
  const silent = new Set(answers.keys());
  const heard = answers.map((answer, rank) => answer.finally(() => silent.delete(rank)));
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const ranks = [...silent].join(', ');
      reject(
        new DeadlineExceededError(
          `${what} was not answered by ${silent.size === 1 ? 'rank' : 'ranks'} ${ranks} within ${timeoutMs} ms. The others have answered.`,
          { details: { ranks } },
        ),
      );
    }, timeoutMs);
  });
  try {
    return await Promise.race([Promise.all(heard), tooLate]);
  } finally {
    clearTimeout(timer);
  }
}
