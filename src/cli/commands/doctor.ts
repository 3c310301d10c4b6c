import { connect } from 'node:net';
import { Command } from 'commander';
import { hostAndPortOf, InvalidArgumentError, RayError, toError } from '../../core/index.js';
import { baseDirectory, currentCluster } from '../../process/index.js';
import type { NodeView } from '../../rpc/index.js';
import { checkCluster, type Reachability } from '../doctor/check-cluster.js';
import { checkMachine } from '../doctor/check-machine.js';
import { type Finding, problem } from '../doctor/finding.js';
import { machineFacts } from '../doctor/machine-facts.js';
import { addressOption, withHead } from '../with-head.js';

const TIMEOUT_MS = 5_000;

export function doctorCommand(): Command {
  return new Command('doctor')
    .description('Check this machine and, if there is one, the cluster: what is wrong, and what to do about it.')
    .addOption(addressOption())
    .action(doctor);
}

async function doctor(flags: { readonly address?: string }): Promise<void> {
  const findings = [...checkMachine(await machineFacts(baseDirectory())), ...(await examineCluster(flags.address))];
  for (const finding of findings) process.stdout.write(formatFinding(finding));
  const numProblems = findings.filter(({ verdict }) => verdict === 'problem').length;
  const numWarnings = findings.filter(({ verdict }) => verdict === 'warning').length;
  process.stdout.write(`\n${numProblems} problems, ${numWarnings} warnings.\n`);
  if (numProblems > 0) process.exitCode = 1;
}

async function examineCluster(address: string | undefined): Promise<Finding[]> {
  if (address === undefined && !currentCluster()) return [];
  try {
    return await withHead(address, async ({ client }) => {
      const state = await client.call('getClusterState', {}, TIMEOUT_MS);
      const alive = state.nodes.filter((node) => node.state === 'NODE_LIFE_STATE_ALIVE');
      return checkCluster(state, await Promise.all(alive.map(reach)));
    });
  } catch (error) {
    if (error instanceof InvalidArgumentError || !(error instanceof RayError)) throw error;
    return [problem('Head', error.message, 'Check that it runs, on its machine: ray-ts status.')];
  }
}

function reach(node: NodeView): Promise<Reachability> {
  return new Promise((resolve) => {
    const socket = connect({ ...hostAndPortOf(node.agentAddress), timeout: TIMEOUT_MS });
    const settle = (error: string | undefined): void => {
      socket.destroy();
      resolve({ node, error });
    };
    socket.once('connect', () => settle(undefined));
    socket.once('timeout', () => settle(`no answer within ${TIMEOUT_MS} ms`));
    socket.once('error', (error) => settle(toError(error).message));
  });
}

const marks = { ok: 'ok     ', warning: 'WARNING', problem: 'PROBLEM' } as const;

function formatFinding({ subject, verdict, message, remedy }: Finding): string {
  return `${marks[verdict]}  ${subject}: ${message}\n${remedy && `         -> ${remedy}\n`}`;
}
