import { hostAndPortOf } from '../core/index.js';
import type { NodeView } from '../rpc/index.js';

/** The address by which a node is reached, without the port of its agent. */
export const ipOf = ({ agentAddress }: NodeView): string => hostAndPortOf(agentAddress).host;
