import type { Tensor } from './tensor.js';

/** How the tensors of the ranks become one. */
export type ReduceOp = 'SUM' | 'PRODUCT' | 'MIN' | 'MAX';

/** `target[i] = op(target[i], other[i])`, for as many elements as `other` has, from `offset` of `target` on. */
export function reduceInto(op: ReduceOp, target: Tensor, other: Tensor, offset: number): void {
  reducers[op](target, other, offset);
}

const reducers: Readonly<Record<ReduceOp, (target: Tensor, other: Tensor, offset: number) => void>> = {
  SUM: (target, other, offset) => {
    for (let i = 0; i < other.length; i++) target[offset + i]! += other[i]!;
  },
  PRODUCT: (target, other, offset) => {
    for (let i = 0; i < other.length; i++) target[offset + i]! *= other[i]!;
  },
  MIN: (target, other, offset) => {
    for (let i = 0; i < other.length; i++) target[offset + i] = Math.min(target[offset + i]!, other[i]!);
  },
  MAX: (target, other, offset) => {
    for (let i = 0; i < other.length; i++) target[offset + i] = Math.max(target[offset + i]!, other[i]!);
  },
};
