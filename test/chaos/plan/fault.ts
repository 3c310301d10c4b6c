/** What is done to the cluster. */
export type FaultKind =
  | 'kill-actor'
  | 'kill-task-worker'
  | 'kill-agent'
  | 'kill-head'
  | 'kill-redis'
  | 'freeze-redis'
  | 'cut-link'
  | 'cut-between';

/** One fault and its healing. */
export interface Fault {
  /** Since the start of the faults. */
  readonly atMs: number;
  readonly kind: FaultKind;
  /** Indexes of the hosts that it hits; none for those of processes that are looked for on all hosts. */
  readonly hosts: readonly number[];
  /** In [0, 1): which of the processes that are there at that time. */
  readonly choice: number;
  /** Until it is healed: the killed is started again, the frozen thawed, the cut mended. 0 for what heals by itself. */
  readonly durationMs: number;
}

/** What a fault takes away: no two faults have one of them at the same time. */
export function targetsOf({ kind, hosts }: Pick<Fault, 'kind' | 'hosts'>): readonly string[] {
  if (kind === 'kill-head') return ['head'];
  if (kind === 'kill-redis' || kind === 'freeze-redis') return ['redis'];
  return hosts.map((host) => `host ${host}`);
}

/** For people: "cut-link of host 1 for 5.2 s". */
export function describeFault({ kind, hosts, durationMs }: Fault): string {
  const where = hosts.length === 0 ? '' : ` of host ${hosts.join(' and ')}`;
  return `${kind}${where}${durationMs === 0 ? '' : ` for ${(durationMs / 1_000).toFixed(1)} s`}`;
}
