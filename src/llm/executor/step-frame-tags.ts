/** Tags of the frames on control and output rings; ranks that know no other tag refuse them. */
export const stepFrameTags = {
  /** Engine core to rank: a step plan, see step-plan-codec.ts. */
  plan: 1,
  /** Output rank to engine core: a step output. */
  output: 2,
} as const;
