import type { GetClusterStateResponse, NodeView } from '../../rpc/index.js';
import { MAX_CLOCK_SKEW_MS } from '../max-clock-skew.js';
import { type Finding, ok, problem, warning } from './finding.js';

/** Whether an address of the cluster answers from this machine; the error's text when it does not. */
export interface Reachability {
  readonly node: NodeView;
  readonly error: string | undefined;
}

/** What in a running cluster keeps work from going well, as seen from this machine. */
export function checkCluster(state: GetClusterStateResponse, reached: readonly Reachability[]): Finding[] {
  const alive = state.nodes.filter((node) => node.state === 'NODE_LIFE_STATE_ALIVE');
  return [
    alive.length > 0
      ? ok('Cluster', `${alive.length} nodes alive, state in ${state.store}`)
      : problem(
          'Cluster',
          'it has no node',
          'Start one: ray-ts start --address=… on a machine that should work in it.',
        ),
    ...reached.map(checkReachability),
    ...alive.map(checkClock),
    ...state.nodes.filter((node) => node.state === 'NODE_LIFE_STATE_DEAD').map(describeDeath),
  ];
}

function checkReachability({ node, error }: Reachability): Finding {
  const subject = `Port of ${node.hostname}`;
  if (error === undefined) return ok(subject, `${node.agentAddress} answers`);
  return problem(
    subject,
    `${node.agentAddress} can't be reached from here: ${error}`,
    'Nodes and drivers talk to each other directly: open the ports of ray-ts between all machines, and check that ' +
      '--node-ip-address is one that the others can route to.',
  );
}

function checkClock({ hostname, clockSkewMs }: NodeView): Finding {
  const subject = `Clock of ${hostname}`;
  const text = `${Math.abs(clockSkewMs).toFixed(0)} ms ${clockSkewMs < 0 ? 'behind' : 'ahead of'} the head's`;
  if (Math.abs(clockSkewMs) <= MAX_CLOCK_SKEW_MS) return ok(subject, text);
  return warning(subject, text, `Run NTP on ${hostname} and on the head's machine.`);
}

const describeDeath = ({ hostname, nodeId, deathReason }: NodeView): Finding =>
  warning(
    `Node ${hostname}`,
    `dead: ${deathReason}`,
    `The end of its agent's log says more, on that machine: agent.log of node ${nodeId}.`,
  );
