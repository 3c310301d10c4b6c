import { PeerStreams } from '../../../../head/services/peer-streams.js';
import type { JobId } from '../../../../src/core/index.js';
import { FakeStream } from '../../../support/fake-stream.js';

const j1 = 'j1' as JobId;

describe('PeerStreams', () => {
  it('sends to the stream that a peer has now, and closes the one that it had', () => {
    const streams = new PeerStreams<JobId, string, string>();
    const [first, second] = [new FakeStream<string, string>(), new FakeStream<string, string>()];
    streams.attach(j1, first.asStream);
    streams.send(j1, 'one');
    streams.attach(j1, second.asStream);
    streams.send(j1, 'two');
    expect(first.sent).toEqual(['one']);
    expect(first.closedWith).toBeNull();
    expect(second.sent).toEqual(['two']);
  });

  it('drops what is sent to a peer that is away', () => {
    const streams = new PeerStreams<JobId, string, string>();
    const stream = new FakeStream<string, string>();
    streams.send(j1, 'nobody');
    streams.attach(j1, stream.asStream);
    expect(streams.detach(j1, stream.asStream)).toBe(true);
    streams.send(j1, 'gone');
    expect(stream.sent).toEqual([]);
  });

  it('knows that the end of an older stream means nothing, nor a second end', () => {
    const streams = new PeerStreams<JobId, string, string>();
    const [first, second] = [new FakeStream<string, string>(), new FakeStream<string, string>()];
    streams.attach(j1, first.asStream);
    streams.attach(j1, second.asStream);
    expect(streams.detach(j1, first.asStream)).toBe(false);
    expect(streams.detach(j1, second.asStream)).toBe(true);
    expect(streams.detach(j1, second.asStream)).toBe(false);
  });

  it('keeps a stream that registers again open', () => {
    const streams = new PeerStreams<JobId, string, string>();
    const stream = new FakeStream<string, string>();
    streams.attach(j1, stream.asStream);
    streams.attach(j1, stream.asStream);
    expect(stream.isEnded).toBe(false);
  });
});
