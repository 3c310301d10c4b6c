import { ObjectLostError } from '../../core/index.js';

/** Why a lost result can't be made again. */
export const lostResultError = (name: string): ObjectLostError =>
  new ObjectLostError(
    `Every copy of a result of ${name} is gone, and the call has no retries left to make it again. ` +
      'Give it a larger maxRetries, or keep the value elsewhere.',
  );
