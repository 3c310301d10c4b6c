/** Likeliest tokens that a request may ask for at most; the argument's -1 stands for the whole vocabulary. */
export const maxLogprobsOf = (
  { maxLogprobs }: { readonly maxLogprobs: number },
  { vocabSize }: { readonly vocabSize: number },
): number => (maxLogprobs === -1 ? vocabSize : Math.min(maxLogprobs, vocabSize));
