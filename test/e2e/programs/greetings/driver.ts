/** A program that is submitted with its folder: an actor for each name of the arguments, and one JSON line at the end. */
import * as ray from 'ray-ts';
import { RemoteGreeter } from './lib/greeter.js';

ray.main(async () => {
  await ray.init();
  const names = process.argv.slice(2);
  const greeters = names.map(() => RemoteGreeter.remote());
  const greetings = await ray.get(greeters.map((greeter, index) => greeter.greet.remote(names[index]!)));
  console.log(
    JSON.stringify({ greetings, directory: process.cwd(), submissionId: process.env['RAY_TS_SUBMISSION_ID'] }),
  );
});
