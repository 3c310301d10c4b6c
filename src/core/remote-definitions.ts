/**
 * The classes that modules have declared remote in this process, by module and name. `ray.remote` records them as its
 * module is imported; an actor process imports the module that a spec names and finds the same definition here. The
 * registry lives on the global object, so that two copies of the package in one process share it.
 */

export type ActorConstructor = new (...args: never[]) => object;

const key = Symbol.for('ray-ts.remote-definitions');

function registry(): Map<string, ActorConstructor> {
  const holder = globalThis as unknown as Record<symbol, Map<string, ActorConstructor> | undefined>;
  holder[key] ??= new Map();
  return holder[key];
}

const entry = (modulePath: string, className: string): string => `${modulePath}#${className}`;

export function recordRemoteDefinition(modulePath: string, definition: ActorConstructor): void {
  registry().set(entry(modulePath, definition.name), definition);
}

export function findRemoteDefinition(modulePath: string, className: string): ActorConstructor | undefined {
  return registry().get(entry(modulePath, className));
}
