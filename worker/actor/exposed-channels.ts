import { serveRemoteRing } from '../../src/channel/index.js';
import { createLogger, InvalidArgumentError, toError } from '../../src/core/index.js';
import type { BridgeDirection, BridgeMessage, BridgeOpen, MessageStream } from '../../src/rpc/index.js';

const logger = createLogger('bridge');

const directions: Readonly<Partial<Record<BridgeDirection, 'push' | 'pull'>>> = {
  BRIDGE_DIRECTION_PUSH: 'push',
  BRIDGE_DIRECTION_PULL: 'pull',
};

/** The rings of this process that other hosts may connect to, each by its own id and once. */
export class ExposedChannels {
  readonly #paths = new Map<string, string>();

  expose(channelId: string, segmentPath: string): void {
    this.#paths.set(channelId, segmentPath);
  }

  /** Answers a Bridge stream: the first message says which ring and which way. */
  serve(stream: MessageStream<BridgeMessage, BridgeMessage>): void {
    let state: 'new' | 'opened' = 'new';
    stream.receive((message) => {
      if (state === 'opened') return;
      state = 'opened';
      try {
        this.#open(stream, message.open);
      } catch (error) {
        stream.close(error);
      }
    });
  }

  #open(stream: MessageStream<BridgeMessage, BridgeMessage>, open: BridgeOpen | null | undefined): void {
    const path = open && this.#paths.get(open.channelId);
    if (!path) throw new InvalidArgumentError(`This process has no open channel ${open?.channelId ?? '(none named)'}.`);
    const direction = directions[open.direction];
    if (!direction) throw new InvalidArgumentError(`Channel ${open.channelId} was opened without a known direction.`);
    this.#paths.delete(open.channelId);
    serveRemoteRing(stream, direction, path).catch((error: unknown) => {
      logger.warn({ channelId: open.channelId, error: toError(error).message }, 'bridge ended');
    });
  }
}
