import { Deferred } from '../../src/core/index.js';

/** Resolves with the first of the messages, past and future, that a test looks for. */
export class Inbox<Message> {
  readonly messages: Message[] = [];
  #changed = new Deferred<void>();

  push(message: Message): void {
    this.messages.push(message);
    this.#changed.resolve();
    this.#changed = new Deferred();
  }

  async find(isWanted: (message: Message) => boolean): Promise<Message> {
    for (;;) {
      const found = this.messages.find(isWanted);
      if (found !== undefined) return found;
      await this.#changed.promise;
    }
  }
}
