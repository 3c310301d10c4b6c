import { ClockSkews } from '../../../../head/membership/clock-skews.js';
import type { Logger, NodeId } from '../../../../src/core/index.js';

const node = { nodeId: 'n1' as NodeId, hostname: 'host-n' };

describe("how far a node's clock is from the head's", () => {
  let warnings: string[];
  let skews: ClockSkews;
  beforeEach(() => {
    warnings = [];
    const logger = { warn: (_facts: object, text: string) => warnings.push(text) } as unknown as Logger;
    skews = new ClockSkews('host-h', logger);
  });

  it('is what remains when half the round trip is taken out', () => {
    skews.note(node, 9_900, 200, 10_000);
    expect(skews.get(node.nodeId)).toBe(0);
    expect(warnings).toEqual([]);
  });

  it('is told once, by the names of both hosts, when it is more than half a second', () => {
    skews.note(node, 12_000, 0, 10_000);
    skews.note(node, 13_000, 0, 11_000);
    expect(warnings).toEqual([expect.stringMatching(/host-n is 2\.0 s ahead of .* host-h/)]);
    skews.note(node, 12_000, 0, 12_000);
    skews.note(node, 10_000, 0, 13_000);
    expect(warnings[1]).toMatch(/3\.0 s behind/);
  });

  it('is not told again and again at the limit', () => {
    for (const skewMs of [510, 490, 520, 480, 530]) skews.note(node, 10_000 + skewMs, 0, 10_000);
    expect(warnings).toHaveLength(1);
  });

  it('is not known of a node that does not say its time, or is gone', () => {
    skews.note(node, 0, 0, 10_000);
    expect(skews.get(node.nodeId)).toBe(0);
    skews.note(node, 10_300, 0, 10_000);
    skews.forget(node.nodeId);
    expect(skews.get(node.nodeId)).toBe(0);
  });
});
