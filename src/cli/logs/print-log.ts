import { InvalidArgumentError, shortId } from '../../core/index.js';
import { createAgentClient, type NodeView, readLog } from '../../rpc/index.js';
import { ipOf } from '../node-ip.js';
import { printLines } from '../print-lines.js';
import type { ReachedHead } from '../with-head.js';
import type { NodeLogs } from './node-logs.js';

const INTERRUPTED = 130;

/** How much of a file is printed. */
export interface LogRange {
  /** Lines from the end; -1: all. */
  readonly tail: number;
  readonly follow?: true;
}

/** One file of one node. */
export interface LogPlace {
  readonly node: NodeView;
  readonly fileName: string;
}

export const placesOf = (logs: readonly NodeLogs[]): LogPlace[] =>
  logs.flatMap(({ node, fileNames }) =>
    fileNames instanceof Error ? [] : fileNames.map((fileName) => ({ node, fileName })),
  );

/** @throws {InvalidArgumentError} when there is not exactly one. */
export function requireOnePlace(places: readonly LogPlace[], what: string): LogPlace {
  if (places.length === 0) {
    throw new InvalidArgumentError(
      `There is no log of ${what} on the nodes that were asked. One that printed nothing leaves no file, and the other ` +
        'stream may have one (--err): ray-ts logs lists what there is.',
    );
  }
  if (places.length === 1) return places[0]!;
  const list = places.map(({ node, fileName }) => `\n  ${fileName} on ${shortId(node.nodeId)} (${ipOf(node)})`);
  throw new InvalidArgumentError(`${places.length} files are of ${what}; choose one, or a node:${list.join('')}`);
}

/** Prints a file to its end, or with `follow` until Ctrl-C. */
export async function printLog({ node, fileName }: LogPlace, range: LogRange, head: ReachedHead): Promise<void> {
  const agent = createAgentClient(node.agentAddress, head.credentials);
  const leave = (): never => process.exit(INTERRUPTED);
  process.once('SIGINT', leave);
  try {
    await readLog(agent, { fileName, tail: range.tail, follow: range.follow ?? false }, printLines).ended;
  } finally {
    process.off('SIGINT', leave);
    agent.close();
  }
}
