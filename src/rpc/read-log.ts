import { ActorUnavailableError, type Credentials } from '../core/index.js';
import { RpcClient } from './client.js';
import { receiveInTurn } from './receive-in-turn.js';

export type AgentRpcClient = RpcClient<'AgentService'>;

/** A file of an agent's logs, and how much of it. */
export interface LogQuery {
  readonly fileName: string;
  /** Lines from the end; -1: the whole file. */
  readonly tail: number;
  /** Go on with what is written later. */
  readonly follow: boolean;
}

/** A log file that is being read. */
export interface LogReading {
  /** Settles at the end of the file, or of its following. @throws when the agent has no such file, or the connection broke. */
  readonly ended: Promise<void>;
  /** Ends the following with the lines that are there by now. */
  finish(): void;
}

/** @param address host:port of an agent; one that can't be reached is an {@link ActorUnavailableError}. */
export function createAgentClient(address: string, credentials: Credentials): AgentRpcClient {
  return new RpcClient('AgentService', {
    address,
    credentials,
    peer: `The agent at ${address}`,
    unavailable: (message, cause) => new ActorUnavailableError(message, { cause }),
  });
}

/** The names of an agent's log files, sorted. */
export async function listLogs(client: AgentRpcClient): Promise<readonly string[]> {
  const stream = client.stream('readLog');
  const names: string[] = [];
  const received = receiveInTurn(stream, async ({ fileNames }) => void names.push(...fileNames));
  await stream.send({});
  await received;
  return names;
}

/** Reads a file of an agent's logs. @param onLines is handed the lines in order and waited for. */
export function readLog(
  client: AgentRpcClient,
  query: LogQuery,
  onLines: (lines: readonly string[]) => Promise<void>,
): LogReading {
  const stream = client.stream('readLog');
  const ended = receiveInTurn(stream, ({ lines }) => onLines(lines));
  void stream.send(query);
  return { ended, finish: () => void stream.send({ follow: false }) };
}
