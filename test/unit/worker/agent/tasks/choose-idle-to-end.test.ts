import { chooseIdleToEnd } from '../../../../../worker/agent/tasks/choose-idle-to-end.js';

const limits = { maxIdle: 2, keepMs: 1_000, endMs: 60_000 };
const idle = (workerId: string, idleSinceMs: number) => ({ workerId, idleSinceMs });

describe('chooseIdleToEnd', () => {
  const chosen = (nowMs: number, ...workers: ReturnType<typeof idle>[]): string[] =>
    chooseIdleToEnd(workers, limits, nowMs).map(({ workerId }) => workerId);

  it('keeps as many as the limit', () => {
    expect(chosen(50_000, idle('a', 0), idle('b', 1))).toEqual([]);
  });

  it('ends those beyond it that have waited longest, once they have waited a while', () => {
    const workers = [idle('new', 900), idle('old', 0), idle('older', -10)];
    expect(chosen(980, ...workers)).toEqual([]);
    expect(chosen(1_000, ...workers)).toEqual(['older']);
    expect(chosen(1_900, ...workers, idle('newest', 1_000))).toEqual(['older', 'old']);
  });

  it('ends any that has waited for very long', () => {
    expect(chosen(60_000, idle('a', 0), idle('b', 1))).toEqual(['a']);
  });
});
