/**
 * How the processes of ray-ts start, find and end each other on one machine: the daemon protocol, session directories,
 * and process records that outlive a reused pid.
 */
export { locateCluster, readClusterAccess } from './cluster-access.js';
export { localAddressTowards } from './local-address.js';
export { readLastLines } from './log-tail.js';
export { nodeAddress } from './node-address.js';
export { fromPackagePath, toPackagePath } from './package-path.js';
export { packageRoot, packageVersion } from './package-version.js';
export { pruneSessions } from './prune-sessions.js';
export { type ExitDaemon, type RunningDaemon, runDaemon } from './run-daemon.js';
export {
  baseDirectory,
  type ClusterAddress,
  type CrashedHead,
  crashedHead,
  createSessionDirectory,
  currentCluster,
  type DaemonRecord,
  type DaemonRole,
  forgetCluster,
  foundHeads,
  type HeadRecord,
  moveCluster,
  publishCluster,
  publishHead,
  recordDaemon,
  runningDaemons,
  type SessionDirectory,
  sessionsOfCluster,
  signalDaemons,
} from './session-directory.js';
export { type SpawnDaemonOptions, type SpawnedDaemon, spawnDaemon } from './spawn-daemon.js';
export { chooseTlsFiles, type TlsFiles } from './tls-files.js';
