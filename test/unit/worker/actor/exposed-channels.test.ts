import type { BridgeDirection, BridgeMessage } from '../../../../src/rpc/index.js';
import { ExposedChannels } from '../../../../worker/actor/exposed-channels.js';
import { FakeStream } from '../../../support/fake-stream.js';

const MISSING = '/dev/shm/ray-ts-test-no-such-ring';

describe('ExposedChannels', () => {
  let channels: ExposedChannels;

  function open(channelId: string, direction: BridgeDirection = 'BRIDGE_DIRECTION_PULL'): string {
    const stream = new FakeStream<BridgeMessage, BridgeMessage>();
    channels.serve(stream.asStream);
    stream.deliver({ open: { channelId, direction } });
    return String(stream.closedWith);
  }

  beforeEach(() => {
    channels = new ExposedChannels();
    channels.expose('control', MISSING);
  });

  it('refuses a channel that was not exposed, and a stream that names none', () => {
    expect(open('hidden')).toMatch(/no open channel hidden/);
    const stream = new FakeStream<BridgeMessage, BridgeMessage>();
    channels.serve(stream.asStream);
    stream.deliver({ frames: new Uint8Array(1) });
    expect(String(stream.closedWith)).toMatch(/no open channel \(none named\)/);
  });

  it('refuses a channel without a direction, which stays open for who names one', () => {
    expect(open('control', 'BRIDGE_DIRECTION_UNSPECIFIED')).toMatch(/without a known direction/);
    expect(open('control')).not.toMatch(/no open channel/);
  });

  it('gives each channel to the first who comes', () => {
    open('control');
    expect(open('control')).toMatch(/no open channel control/);
  });

  it('closes the stream when the ring behind a channel is gone', () => {
    expect(open('control')).toMatch(/no-such-ring/);
  });
});
