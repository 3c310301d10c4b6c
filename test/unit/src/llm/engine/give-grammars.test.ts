import { giveGrammars } from '../../../../../src/llm/engine/give-grammars.js';
import { CheckedScheduler } from '../../../../../src/llm/scheduler/checked-scheduler.js';
import type { Scheduler } from '../../../../../src/llm/scheduler/scheduler.js';
import { GrammarCache } from '../../../../../src/llm/structured-output/grammar-cache.js';
import { answer, coreRequest, EOS, schedulerConfig } from '../scheduler/scheduler-fixture.js';
import { ebnf, SequenceBackend } from '../structured-output/fake-grammar.js';

const VOCABULARY = { spellings: Array.from({ length: 64 }, String), eosTokenIds: [EOS] };

function setUp() {
  const events: string[] = [];
  const grammars = new GrammarCache(async () => new SequenceBackend(events));
  grammars.setVocabulary(VOCABULARY);
  return { scheduler: new CheckedScheduler(schedulerConfig()), grammars, events };
}

const add = (scheduler: Scheduler, requestId: string, source?: string) =>
  scheduler.addRequest({ ...coreRequest(requestId, 3), grammar: source === undefined ? undefined : ebnf(source) });

const waitingOf = ({ waiting }: Scheduler) => waiting.map(({ requestId }) => requestId);

/** Takes the only token that a mask allows, or 7 where none says. */
function runStep(scheduler: Scheduler) {
  const plan = scheduler.schedule(0)!;
  const allowedOf = (slot: number): number => {
    const mask = plan.grammarBitmasks?.find((grammar) => grammar.slot === slot)?.bitmask;
    return mask === undefined
      ? 7
      : Array.from(mask).flatMap((word, index) => (word === 0 ? [] : [32 * index + 31 - Math.clz32(word)]))[0]!;
  };
  return scheduler.update(answer(plan, allowedOf));
}

describe('giveGrammars', () => {
  it('compiles one grammar at most, and lets requests run whose grammar is there', async () => {
    const { scheduler, grammars, events } = setUp();
    for (const [requestId, source] of [
      ['a', '5'],
      ['b', '5'],
      ['c', '6'],
      ['d', '5'],
    ] as const)
      add(scheduler, requestId, source);
    await giveGrammars(scheduler, grammars);
    expect(events).toEqual(['compile 5']);
    expect(waitingOf(scheduler)).toEqual(['a', 'b']);
    await giveGrammars(scheduler, grammars);
    expect(waitingOf(scheduler)).toEqual(['a', 'b', 'c', 'd']);
  });

  it('leaves a request its place in the queue', async () => {
    const { scheduler, grammars } = setUp();
    add(scheduler, 'a', '5');
    add(scheduler, 'b');
    expect(waitingOf(scheduler)).toEqual(['b']);
    expect(scheduler.stats().numWaitingRequests).toBe(2);
    await giveGrammars(scheduler, grammars);
    expect(waitingOf(scheduler)).toEqual(['a', 'b']);
  });

  it('fails a request whose grammar is none, alone', async () => {
    const { scheduler, grammars } = setUp();
    add(scheduler, 'a', 'bad');
    add(scheduler, 'b');
    await giveGrammars(scheduler, grammars);
    expect(scheduler.takeFailures()).toEqual([
      { requestId: 'a', error: expect.objectContaining({ message: expect.stringContaining('no grammar') }) },
    ]);
    expect(scheduler.takeFailures()).toEqual([]);
    expect(waitingOf(scheduler)).toEqual(['b']);
  });

  it('forgets a request that is aborted before', async () => {
    const { scheduler, grammars, events } = setUp();
    add(scheduler, 'a', '5');
    scheduler.abortRequest('a');
    await giveGrammars(scheduler, grammars);
    expect(events).toEqual([]);
    expect(scheduler.hasUnfinishedRequests()).toBe(false);
  });
});

describe('A request with a grammar', () => {
  it('takes the tokens that the grammar allows, beside others', async () => {
    const { scheduler, grammars } = setUp();
    add(scheduler, 'a', `40 3 ${EOS}`);
    add(scheduler, 'b');
    await giveGrammars(scheduler, grammars);
    const outputs = [...runStep(scheduler), ...runStep(scheduler), ...runStep(scheduler)];
    const tokensOf = (id: string) =>
      outputs.flatMap(({ requestId, newTokenIds }) => (requestId === id ? newTokenIds : []));
    expect([tokensOf('a'), tokensOf('b')]).toEqual([
      [40, 3, EOS],
      [7, 7, 7],
    ]);
    expect(outputs.findLast(({ requestId }) => requestId === 'a')!.finishReason).toBe('stop');
  });

  it('fails alone when a token comes that the grammar does not allow', async () => {
    const { scheduler, grammars } = setUp();
    add(scheduler, 'a', '40 3');
    add(scheduler, 'b');
    await giveGrammars(scheduler, grammars);
    const outputs = scheduler.update(answer(scheduler.schedule(0)!));
    expect(outputs.map(({ requestId }) => requestId)).toEqual(['b']);
    expect(scheduler.takeFailures().map(({ requestId }) => requestId)).toEqual(['a']);
  });
});
