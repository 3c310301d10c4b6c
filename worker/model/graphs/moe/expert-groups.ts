import { type GraphBuilder, int, text } from '../../onnx/index.js';
import type { LocalExperts } from './local-experts.js';

/** Choices are the pairs of a token and one of its experts: token × numExpertsPerToken + rank of the expert. */
export interface ExpertGroups {
  /** int64 [choices]: which choice stands where when choices are ordered by expert, those that other ranks compute last. */
  readonly order: string;
  /** int64 [numLocal]: choices of each of the rank's experts. */
  readonly counts: string;
  /** int64 [1]: choices that this rank computes; undefined where it computes all. */
  readonly numHere: string | undefined;
}

/** What is grouped: the router's choices of tokens, by the rank's experts. */
export interface GroupedChoices {
  readonly local: LocalExperts;
  readonly numExpertsPerToken: number;
}

/**
 * The place of each choice in {@link LocalExperts.numbers}. Of an expert's replicas, a token goes to the one that its place
 * in the pass says, which all ranks know alike: every choice is computed by one of them.
 */
function placesOfChoices(
  graph: GraphBuilder,
  prefix: string,
  { experts, size }: { readonly experts: string; readonly size: string },
  { local, numExpertsPerToken }: GroupedChoices,
): string {
  if (local.maxReplicas === 1) return experts;
  const limit = graph.node('Squeeze', [size]);
  const [first, step] = [graph.integer(`${prefix}.first_choice`, 0), graph.integer(`${prefix}.next_choice`, 1)];
  const choice = graph.node('Range', [first, limit, step]);
  const token = graph.node('Div', [choice, graph.integers(`${prefix}.choices_of_token`, [numExpertsPerToken])]);
  const numReplicas = graph.node('Gather', [graph.integers(`${prefix}.num_replicas`, local.numReplicas), experts]);
  const replica = graph.node('Mod', [token, numReplicas]);
  const stride = graph.integers(`${prefix}.max_replicas`, [local.maxReplicas]);
  return graph.node('Add', [graph.node('Mul', [experts, stride]), replica]);
}

const isInOrder = (numbers: readonly number[]): boolean => numbers.every((number, index) => number === index);

/** Counts of the numbers 0 to `length` - 1 among int64 values [size]. */
export function countByNumber(
  graph: GraphBuilder,
  prefix: string,
  numbers: string,
  size: string,
  length: number,
): string {
  const ones = graph.node('Expand', [graph.integers(`${prefix}.one`, [1]), size]);
  const zeros = graph.integers(`${prefix}.no_counts`, new Array<number>(length).fill(0));
  return graph.node('ScatterElements', [zeros, numbers, ones], {
    attributes: { axis: int(0), reduction: text('add') },
  });
}

/** Permutation that sorts int64 values [size]; equal ones keep their order. */
export function sortingOrder(graph: GraphBuilder, name: string, values: string, size: string): string {
  const outputs = [`${name}.sorted`, name];
  graph.node('TopK', [values, size], { outputs, attributes: { largest: int(0) } });
  return name;
}

/** Groups the choices `experts`, int64 [choices], by the rank's experts. */
export function groupByExpert(
  graph: GraphBuilder,
  prefix: string,
  experts: string,
  grouped: GroupedChoices,
): ExpertGroups {
  const { numbers, experts: localExperts } = grouped.local;
  const numLocal = localExperts.length;
  const size = graph.node('Shape', [experts]);
  const places = placesOfChoices(graph, prefix, { experts, size }, grouped);
  const table = (): string => graph.integers(`${prefix}.local_numbers`, numbers);
  const localNumbers = isInOrder(numbers) ? places : graph.node('Gather', [table(), places]);
  const order = sortingOrder(graph, `${prefix}.order`, localNumbers, size);
  const hasElsewhere = numbers.includes(numLocal);
  const counts = countByNumber(graph, prefix, localNumbers, size, hasElsewhere ? numLocal + 1 : numLocal);
  if (!hasElsewhere) return { order, counts, numHere: undefined };
  const zero = graph.integers(`${prefix}.first_local`, [0]);
  const countsHere = graph.node('Slice', [counts, zero, graph.integers(`${prefix}.num_local`, [numLocal])]);
  return { order, counts: countsHere, numHere: graph.node('ReduceSum', [countsHere]) };
}
