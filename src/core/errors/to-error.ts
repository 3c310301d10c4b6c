/** The value as an Error: itself if it is one, else an Error that prints it. */
export function toError(value: unknown): Error {
  if (value instanceof Error) return value;
  try {
    return new Error(String(value));
  } catch {
    return new Error(Object.prototype.toString.call(value)); // an object that has no text
  }
}
