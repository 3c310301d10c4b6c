/**
 * The classes and functions that modules have declared remote in this process, by module and name. `ray.remote` records
 * them as its module is imported; a worker process imports the module that a call names and finds the same definition here.
 * The registry lives on the global object, so that two copies of the package in one process share it.
 */

export type ActorConstructor = new (...args: never[]) => object;
export type TaskFunction = (...args: never[]) => unknown;

const key = Symbol.for('ray-ts.remote-definitions');

function registry(): Map<string, ActorConstructor | TaskFunction> {
  const holder = globalThis as unknown as Record<symbol, Map<string, ActorConstructor | TaskFunction> | undefined>;
  holder[key] ??= new Map();
  return holder[key];
}

const entry = (modulePath: string, name: string): string => `${modulePath}#${name}`;

export function recordRemoteDefinition(modulePath: string, definition: ActorConstructor | TaskFunction): void {
  registry().set(entry(modulePath, definition.name), definition);
}

export function findRemoteDefinition(modulePath: string, name: string): ActorConstructor | TaskFunction | undefined {
  return registry().get(entry(modulePath, name));
}

/**
 * True for what must be called with `new`: a class, whichever way a compiler wrote it. A class of the language says so in its
 * source; one that was compiled to a function has methods on its prototype, which a function that is called has not.
 */
export function isClass(definition: unknown): definition is ActorConstructor {
  if (typeof definition !== 'function') return false;
  if (/^class\b/.test(Function.prototype.toString.call(definition))) return true;
  const prototype: unknown = definition.prototype;
  return typeof prototype === 'object' && prototype !== null && isCompiledPrototype(definition, prototype);
}

/** A generator function has a prototype too, which has no constructor. */
function isCompiledPrototype(definition: object, prototype: object): boolean {
  const hasConstructor =
    Object.hasOwn(prototype, 'constructor') && Reflect.get(prototype, 'constructor') === definition;
  if (!hasConstructor) return false;
  return Object.getOwnPropertyNames(prototype).length > 1 || Object.getPrototypeOf(prototype) !== Object.prototype;
}

/** True for a generator function, async or not: a call of it gives a stream of items. */
export function isGeneratorFunction(definition: unknown): boolean {
  if (typeof definition !== 'function') return false;
  const { name } = definition.constructor;
  return name === 'GeneratorFunction' || name === 'AsyncGeneratorFunction';
}
