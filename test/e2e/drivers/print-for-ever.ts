/** Has an actor and a task print, says where they ran, and has the actor print on until this program is killed. */
import { setTimeout as sleep } from 'node:timers/promises';
import * as ray from 'ray-ts';
import { print } from './error-of.js';

class Speaker {
  say(lines: readonly string[]): number {
    for (const line of lines) console.log(line);
    console.error(`said ${lines.length}`);
    return process.pid;
  }
}
const RemoteSpeaker = ray.remote(Speaker, { numCpus: 1 });

const speakOnce = ray.remote(function speakOnce(text: string): number {
  console.log(text);
  return process.pid;
});

ray.main(async () => {
  await ray.init({ logToDriver: false });
  const speaker = RemoteSpeaker.remote();
  print('actorPid', await ray.get(speaker.say.remote(['one', 'two', 'three'])));
  print('actorId', speaker.actorId);
  print('taskPid', await ray.get(speakOnce.remote('a task speaks')));
  for (let tick = 0; ; tick++) {
    await ray.get(speaker.say.remote([`tick ${tick}`]));
    await sleep(50);
  }
});
