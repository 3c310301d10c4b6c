/** Beyond this, times of different nodes can't be compared, and certificates and logs start to mislead; milliseconds. */
export const MAX_CLOCK_SKEW_MS = 500;
