/** A model's folder on the hub, pinned to one commit: plain data, the same for every process that reads the model. */
export interface HubModel {
  /** org/name. */
  readonly repoId: string;
  /** 40 hexadecimal digits, or the name of a branch or tag where it is not resolved yet. */
  readonly revision: string;
  /** URL of the hub, without a slash at its end. */
  readonly endpoint: string;
  /** Folder of the cache; undefined is the one that the environment of each process names. */
  readonly downloadDir: string | undefined;
}

/** Which files of a model are wanted: all that the engine reads, the weights alone (a rank), or all but them (random weights). */
export type HubFileSet = 'all' | 'weights' | 'no-weights';

const REPO_ID = /^[A-Za-z0-9_](?:[\w.-]{0,94}\w)?\/[A-Za-z0-9_](?:[\w.-]{0,94}\w)?$/;

/** A name that the hub could have given: org/name. Names of one part are the folder's that they look like. */
export function isRepoId(name: string): boolean {
  return REPO_ID.test(name) && !name.includes('--') && !name.includes('..') && !name.endsWith('.git');
}

const COMMIT = /^[0-9a-f]{40}$/;

export function isCommit(revision: string): boolean {
  return COMMIT.test(revision);
}
