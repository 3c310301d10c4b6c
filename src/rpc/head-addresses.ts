/** Where the head may be: at `current` as far as is known, else where one stands by. host:port each. */
export interface HeadAddresses {
  readonly known: readonly string[];
  readonly current: string;
}

/**
 * What to know after the head has told where it is and where standbys are.
 * @param configured the address that a user gave, kept as the last resort: a name in it may lead to another host later.
 */
export function learnAddresses(before: HeadAddresses, told: readonly string[], configured: string): HeadAddresses {
  const known = [...new Set([...told.filter((address) => address !== ''), configured])];
  return { known, current: known.includes(before.current) ? before.current : known[0]! };
}

/** Where to look next when nothing good came from `failed`; who has moved on already stays where it is. */
export function leaveAddress(before: HeadAddresses, failed: string): HeadAddresses {
  if (before.current !== failed) return before;
  const next = (before.known.indexOf(failed) + 1) % before.known.length;
  return { ...before, current: before.known[next]! };
}
