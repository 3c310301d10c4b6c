import type { NodeView } from '../rpc/index.js';

/** The address by which a node is reached, without the port of its agent. */
export const ipOf = ({ agentAddress }: NodeView): string => agentAddress.slice(0, agentAddress.lastIndexOf(':'));
