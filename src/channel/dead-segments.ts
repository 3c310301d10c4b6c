/** Stands for the owner in the name of the file that a living agent holds a lock on; its node's id follows. */
export const AGENT_LOCK_OWNER = 'agent';

const NAME = /^ray-ts-([0-9a-f]{28})-([^-]+)-(.+)$/;

interface SegmentName {
  readonly fileName: string;
  readonly clusterId: string;
  readonly ownerId: string;
  readonly name: string;
}

const isLock = ({ ownerId }: SegmentName): boolean => ownerId === AGENT_LOCK_OWNER;

function parseNames(fileNames: readonly string[]): SegmentName[] {
  return fileNames.flatMap((fileName) => {
    const [, clusterId, ownerId, name] = NAME.exec(fileName) ?? [];
    return clusterId && ownerId && name ? [{ fileName, clusterId, ownerId, name }] : [];
  });
}

/** The files on which agents of this host hold a lock while they live. */
export const agentLocks = (fileNames: readonly string[]): readonly string[] =>
  parseNames(fileNames)
    .filter(isLock)
    .map(({ fileName }) => fileName);

/**
 * Which files in shared memory belong to nobody any more: those of nodes whose agent is dead, and of clusters all of whose
 * agents on this host are. A cluster that had no agent here is left alone: the files are those of a driver, which may live.
 *
 * @param fileNames all that there are.
 * @param deadLocks those of {@link agentLocks} that nobody holds.
 * @returns the locks last: whoever is interrupted leaves them for the next one to decide by.
 */
export function chooseDeadSegments(fileNames: readonly string[], deadLocks: ReadonlySet<string>): string[] {
  const segments = parseNames(fileNames);
  const locks = segments.filter(isLock);
  const isDead = ({ fileName }: SegmentName): boolean => deadLocks.has(fileName);
  const deadNodes = new Set(locks.filter(isDead).map(({ clusterId, name }) => `${clusterId}-${name}`));
  const livingClusters = new Set(locks.filter((lock) => !isDead(lock)).map(({ clusterId }) => clusterId));
  const endedClusters = new Set(locks.map(({ clusterId }) => clusterId).filter((id) => !livingClusters.has(id)));
  const dead = segments.filter(
    (segment) =>
      !isLock(segment) &&
      (endedClusters.has(segment.clusterId) || deadNodes.has(`${segment.clusterId}-${segment.ownerId}`)),
  );
  return [...dead, ...locks.filter(isDead)].map(({ fileName }) => fileName);
}
