import { ChannelClosedError, type RankFailedError, sleep } from '../../core/index.js';

/** How long a broken channel waits for the word on the rank that broke it: its death takes another way to get here. */
export const VERDICT_MS = 2_000;

/**
 * The failure that explains the others. A rank that dies breaks the channels of its neighbours, which then fail too and may
 * be heard of first: a closed channel is reported only when nobody else fails within `graceMs`.
 *
 * @param failures one for every rank; those of ranks that live never resolve.
 */
export async function rootFailure(
  failures: readonly Promise<RankFailedError>[],
  graceMs = VERDICT_MS,
): Promise<RankFailedError> {
  const first = await Promise.race(failures);
  if (!isConsequence(first)) return first;
  const causes = failures.map(async (failure) => {
    const error = await failure;
    return isConsequence(error) ? new Promise<never>(() => undefined) : error;
  });
  return Promise.race([...causes, sleep(graceMs).then(() => first)]);
}

const isConsequence = ({ cause }: RankFailedError): boolean => cause instanceof ChannelClosedError;
