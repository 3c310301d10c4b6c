import { type GraphBuilder, int, text } from '../../onnx/index.js';
import { type Range, rangeLength } from '../../weights/index.js';

/** Choices are the pairs of a token and one of its experts: token × numExpertsPerToken + rank of the expert. */
export interface ExpertGroups {
  /** int64 [choices]: which choice stands where when choices are ordered by expert, those of other ranks' experts last. */
  readonly order: string;
  /** int64 [numLocal]: choices of each of the rank's experts. */
  readonly counts: string;
  /** int64 [1]: choices of other ranks' experts; undefined where the rank has all experts. */
  readonly numElsewhere: string | undefined;
}

/** Numbers the rank's experts from 0 and takes all others for one that comes after them. */
function localNumbers(graph: GraphBuilder, prefix: string, experts: string, local: Range): string {
  const end = graph.integers(`${prefix}.local_end`, [local.end]);
  const start = graph.integers(`${prefix}.local_start`, [local.start]);
  const elsewhere = graph.integers(`${prefix}.elsewhere`, [rangeLength(local)]);
  const isLocal = graph.node('And', [
    graph.node('GreaterOrEqual', [experts, start]),
    graph.node('Less', [experts, end]),
  ]);
  return graph.node('Where', [isLocal, graph.node('Sub', [experts, start]), elsewhere]);
}

function countByNumber(graph: GraphBuilder, prefix: string, numbers: string, size: string, length: number): string {
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

/** Groups the choices `experts`, int64 [choices] of `numExperts`, by the rank's experts `local`. */
export function groupByExpert(
  graph: GraphBuilder,
  prefix: string,
  experts: string,
  { local, numExperts }: { readonly local: Range; readonly numExperts: number },
): ExpertGroups {
  const numLocal = rangeLength(local);
  const hasAll = numLocal === numExperts;
  const numbers = hasAll ? experts : localNumbers(graph, prefix, experts, local);
  const size = graph.node('Shape', [experts]);
  const order = sortingOrder(graph, `${prefix}.order`, numbers, size);
  const counts = countByNumber(graph, prefix, numbers, size, hasAll ? numLocal : numLocal + 1);
  if (hasAll) return { order, counts, numElsewhere: undefined };
  const outputs = [`${prefix}.counts`, `${prefix}.num_elsewhere`] as const;
  graph.node('Split', [counts, graph.integers(`${prefix}.here_and_elsewhere`, [numLocal, 1])], { outputs });
  return { order, counts: outputs[0], numElsewhere: outputs[1] };
}
