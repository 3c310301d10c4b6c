import { RayError } from 'ray-ts';

/** What the work failed with, as plain data for a test. */
export async function errorOf(work: Promise<unknown>): Promise<object> {
  try {
    return { resolved: await work };
  } catch (error) {
    if (!(error instanceof RayError)) throw error;
    const { name, code, message, details } = error;
    return { name, code, message, details };
  }
}

/** A scenario's outcome, as one line. */
export const print = (name: string, value: unknown): void => console.log(JSON.stringify({ [name]: value }));
