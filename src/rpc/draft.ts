/** A message to be sent: a field that is left out has its default (0, false, '', [], {}), as proto3 has it. */
export type Draft<T> = T extends Uint8Array
  ? T
  : T extends readonly (infer Item)[]
    ? readonly Draft<Item>[]
    : T extends object
      ? { readonly [F in keyof T]?: Draft<T[F]> | undefined }
      : T;
