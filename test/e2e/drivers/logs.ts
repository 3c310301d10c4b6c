/** Has actors and tasks print; the program itself prints JSON only. The argument `quiet` turns their lines off. */
import * as ray from 'ray-ts';
import { errorOf, print } from './error-of.js';

class Speaker {
  say(text: string): number {
    console.log(text);
    return process.pid;
  }

  complain(text: string): void {
    console.error(text);
  }

  async die(): Promise<void> {
    console.error('last words');
    await new Promise((resolve) => setTimeout(resolve, 50));
    process.exit(3);
  }
}
const RemoteSpeaker = ray.remote(Speaker, { numCpus: 0 });

async function speak(): Promise<void> {
  console.log('a task speaks');
  await new Promise((resolve) => setTimeout(resolve, 400));
}
const remoteSpeak = ray.remote(speak);

ray.main(async () => {
  await ray.init({ address: 'local', numCpus: 2, logToDriver: process.argv[2] !== 'quiet' });
  const speaker = RemoteSpeaker.remote();
  print('pid', await ray.get(speaker.say.remote('the first line')));
  await ray.get(speaker.complain.remote('a complaint'));
  const others = [1, 2, 3].map(() => RemoteSpeaker.remote());
  await ray.get(others.map((other, rank) => other.say.remote(`rank ${rank} is ready`)));
  await ray.get(remoteSpeak.remote());
  print('death', await errorOf(ray.get(speaker.die.remote())));
  await ray.shutdown();
});
