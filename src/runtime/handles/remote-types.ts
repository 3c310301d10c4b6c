import type { ObjectRefGenerator } from '../calls/object-ref-generator.js';
import type { ObjectRef, Remote } from '../objects/object-ref.js';

/** Arguments as a remote call takes them: each may be a ref to its value. */
export type RemoteArguments<Args extends readonly unknown[]> = { [I in keyof Args]: Remote<Args[I]> };

type AnyGenerator<Item> = Generator<Item, unknown, never> | AsyncGenerator<Item, unknown, never>;

/** What a remote call of something that returns `Result` gives: a ref to the value, or for a generator refs to its items. */
export type RemoteResult<Result> =
  Result extends AnyGenerator<infer Item> ? ObjectRefGenerator<Awaited<Item>> : ObjectRef<Awaited<Result>>;

type RefsTo<Values extends readonly unknown[]> = { -readonly [I in keyof Values]: ObjectRef<Values[I]> };

/** With `numReturns`: a ref to each value of the array that is returned. */
export type RemoteResults<Result, NumReturns extends number | undefined> = NumReturns extends undefined | 1
  ? RemoteResult<Result>
  : NumReturns extends 0
    ? undefined
    : Awaited<Result> extends readonly unknown[]
      ? RefsTo<Awaited<Result>>
      : ObjectRef<unknown>[];

/** The `numReturns` of options; undefined where they have none. */
export type NumReturnsOf<Options> = Options extends { readonly numReturns: infer N extends number } ? N : undefined;
