/** Where the head may be: at `current` as far as is known, else where one stands by, or may be started. host:port each. */
export interface HeadAddresses {
  readonly known: readonly string[];
  readonly current: string;
}

/** The addresses of a list as users give it, `host:port,host:port`: where the head is, and where else one may be started. */
export function splitAddresses(text: string): readonly string[] {
  return text
    .split(',')
    .map((address) => address.trim())
    .filter((address) => address !== '');
}

/**
 * What to know after the head has told where it is and where standbys are.
 * @param configured what a user gave, kept as the last resort: a name may lead to another host later, and the next head may
 * be started where one was expected.
 */
export function learnAddresses(
  before: HeadAddresses,
  told: readonly string[],
  configured: readonly string[],
): HeadAddresses {
  const known = [...new Set([...told.filter((address) => address !== ''), ...configured])];
  return { known, current: known.includes(before.current) ? before.current : known[0]! };
}

/** Where to look next when nothing good came from `failed`; who has moved on already stays where it is. */
export function leaveAddress(before: HeadAddresses, failed: string): HeadAddresses {
  if (before.current !== failed) return before;
  const next = (before.known.indexOf(failed) + 1) % before.known.length;
  return { ...before, current: before.known[next]! };
}

/** What to know after others on this machine have found the head; what is new is tried after the present address. */
export function addFound(before: HeadAddresses, found: readonly string[]): HeadAddresses {
  const { current, known } = before;
  const added = found.filter((address) => !known.includes(address));
  return { current, known: known.flatMap((address) => (address === current ? [current, ...added] : [address])) };
}
