import * as ray from 'ray-ts';

/** Tells where it runs, for a test that wants to know whether its folder came along. */
class Greeter {
  greet(name: string): { readonly text: string; readonly directory: string } {
    return { text: `${process.env['GREETING']}, ${name}!`, directory: process.cwd() };
  }
}
export const RemoteGreeter = ray.remote(Greeter, { numCpus: 1 });
