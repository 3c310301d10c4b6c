/** What all ranks of a world must agree about. */
export interface RendezvousFacts {
  /** Equal hashes stand for equal configurations; `config` is looked at where they differ, to say what. */
  readonly configHash: string;
  /** JSON values by the names of their options. */
  readonly config: Readonly<Record<string, unknown>>;
}

/**
 * What two ranks don't agree about, in words; undefined when they agree.
 * @param own those of rank 0.
 */
export type CompareFacts = (own: RendezvousFacts, other: RendezvousFacts) => string | undefined;

/** Compares by hash, and names the options that differ: "tensorParallelSize is 2 there and 4 at rank 0". */
export function compareConfigs(own: RendezvousFacts, other: RendezvousFacts): string | undefined {
  if (own.configHash === other.configHash) return undefined;
  const names = new Set([...Object.keys(own.config), ...Object.keys(other.config)]);
  const differences = [...names].flatMap((name) => {
    const [here, there] = [textOf(own.config[name]), textOf(other.config[name])];
    return here === there ? [] : [`${name} is ${there} there and ${here} at rank 0`];
  });
  return differences.length > 0 ? differences.join('; ') : 'the hashes of their configurations differ';
}

const textOf = (value: unknown): string => JSON.stringify(value) ?? 'not set';
