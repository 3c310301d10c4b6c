/**
 * Who has which name in which namespace. A name is free again when its holder has ended.
 */
export class NameIndex<Id extends string> {
  readonly #ids = new Map<string, Id>();

  get(namespace: string, name: string): Id | undefined {
    return this.#ids.get(keyOf(namespace, name));
  }

  /** Enters a record, or takes it out when it has ended. Nothing happens with one that has no name. */
  update(id: Id, namespace: string, name: string, hasEnded: boolean): void {
    if (name === '') return;
    const key = keyOf(namespace, name);
    if (!hasEnded) this.#ids.set(key, id);
    else if (this.#ids.get(key) === id) this.#ids.delete(key);
  }
}

const keyOf = (namespace: string, name: string): string => `${namespace}\n${name}`;
