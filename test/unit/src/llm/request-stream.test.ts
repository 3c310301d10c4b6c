import { EngineDeadError, IllegalStateError } from '../../../../src/core/index.js';
import type { RequestOutput } from '../../../../src/llm/outputs.js';
import { RequestStream } from '../../../../src/llm/request-stream.js';

function output(text: string, { finished = false, index = 0 } = {}): RequestOutput {
  return {
    requestId: 'r',
    prompt: undefined,
    promptTokenIds: [1],
    promptLogprobs: undefined,
    outputs: [
      {
        index,
        text,
        tokenIds: [text.length],
        cumulativeLogprob: undefined,
        logprobs: undefined,
        finishReason: finished ? 'stop' : undefined,
        stopReason: undefined,
      },
    ],
    finished,
    metrics: undefined,
    numCachedTokens: 0,
  };
}

function create(areDeltas = true) {
  let numLeft = 0;
  const stream = new RequestStream(areDeltas, () => numLeft++);
  return { stream, numLeft: () => numLeft };
}

const texts = (result: IteratorResult<RequestOutput, undefined>) => result.value?.outputs.map(({ text }) => text);

describe('RequestStream', () => {
  it('gives an output to the reader who waits for it', async () => {
    const { stream } = create();
    const next = stream.next();
    stream.push(output('a'));
    expect(texts(await next)).toEqual(['a']);
  });

  it('ends after a finished output without having been left', async () => {
    const { stream, numLeft } = create();
    stream.push(output('a', { finished: true }));
    const seen: string[] = [];
    for await (const { outputs } of stream) seen.push(outputs[0]!.text);
    expect([seen, numLeft()]).toEqual([['a'], 0]);
  });

  it('joins deltas that nobody reads', async () => {
    const { stream } = create();
    for (const text of ['a', 'b', 'c']) stream.push(output(text));
    const { value } = await stream.next();
    expect(value!.outputs[0]).toMatchObject({ text: 'abc', tokenIds: [1, 1, 1] });
  });

  it('keeps the latest of cumulative outputs that nobody reads', async () => {
    const { stream } = create(false);
    for (const text of ['a', 'ab', 'abc']) stream.push(output(text));
    expect(texts(await stream.next())).toEqual(['abc']);
  });

  it('keeps unread outputs of several completions apart', async () => {
    const { stream } = create();
    stream.push(output('second', { index: 1 }));
    stream.push(output('first'));
    stream.push(output('!', { index: 1 }));
    expect(texts(await stream.next())).toEqual(['first', 'second!']);
  });

  describe('when the reader leaves early', () => {
    it('says so once and is done', async () => {
      const { stream, numLeft } = create();
      stream.push(output('a'));
      for await (const _ of stream) break;
      await stream.return();
      expect([numLeft(), (await stream.next()).done]).toEqual([1, true]);
    });

    it('says so when an error ends the loop', async () => {
      const { stream, numLeft } = create();
      await expect(stream.throw(new RangeError('full'))).rejects.toThrow('full');
      expect(numLeft()).toBe(1);
    });

    it('ends a read that waits', async () => {
      const { stream } = create();
      const next = stream.next();
      await stream.return();
      expect((await next).done).toBe(true);
    });
  });

  describe('when the request fails', () => {
    const error = new EngineDeadError('gone');

    it('throws to the reader who waits', async () => {
      const { stream } = create();
      const next = stream.next();
      stream.fail(error);
      await expect(next).rejects.toBe(error);
      expect((await stream.next()).done).toBe(true);
    });

    it('throws after what was not yet read, once', async () => {
      const { stream, numLeft } = create();
      stream.push(output('a'));
      stream.fail(error);
      expect(texts(await stream.next())).toEqual(['a']);
      await expect(stream.next()).rejects.toBe(error);
      expect([(await stream.next()).done, numLeft()]).toEqual([true, 0]);
    });
  });

  it('refuses a second reader', async () => {
    const { stream } = create();
    const first = stream.next();
    await expect(stream.next()).rejects.toThrow(IllegalStateError);
    stream.push(output('a'));
    expect(texts(await first)).toEqual(['a']);
  });
});
