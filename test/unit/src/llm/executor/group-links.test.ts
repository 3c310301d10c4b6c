import fc from 'fast-check';
import { groupPlaceOf } from '../../../../../src/llm/executor/group-links.js';

const placesOf = (hosts: string) => [...hosts].map((_, rank) => groupPlaceOf([...hosts], rank));

describe('the ranks of a stage', () => {
  it('send nothing when all share memory', () => {
    expect(placesOf('aaa')).toEqual([0, 1, 2].map(() => ({ localRanks: [0, 1, 2], sendsTo: [], receivesFrom: [] })));
  });

  it('are counterparts by their places on two hosts', () => {
    const to = (rank: number, carriesLogits: boolean) => [{ rank, carriesLogits }];
    expect(placesOf('aabb')).toEqual([
      { localRanks: [0, 1], sendsTo: to(2, false), receivesFrom: to(2, true) },
      { localRanks: [0, 1], sendsTo: to(3, false), receivesFrom: to(3, true) },
      { localRanks: [2, 3], sendsTo: to(0, true), receivesFrom: to(0, false) },
      { localRanks: [2, 3], sendsTo: to(1, true), receivesFrom: to(1, false) },
    ]);
  });

  it('take turns in taking in what the more ranks of another host send', () => {
    const sources = placesOf('abbb').map(({ receivesFrom }) => receivesFrom.map(({ rank }) => rank));
    expect(sources).toEqual([[1, 2, 3], [0], [], []]);
  });

  it('send logits to the host of rank 0 and nowhere else', () => {
    const receivers = placesOf('abca').map(({ sendsTo }) =>
      sendsTo.filter(({ carriesLogits }) => carriesLogits).map(({ rank }) => rank),
    );
    expect(receivers).toEqual([[], [0], [0], []]);
  });

  it('get every slot once on every other host, from a rank that sends it there', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 8 }), (hosts) => {
        const places = hosts.map((_, rank) => groupPlaceOf(hosts, rank));
        const sent = places.flatMap(({ sendsTo }, from) => sendsTo.map((to) => ({ from, to: to.rank, ...to })));
        const received = places.flatMap(({ receivesFrom }, to) =>
          receivesFrom.map((from) => ({ ...from, from: from.rank, to })),
        );
        const text = ({ from, to, carriesLogits }: (typeof sent)[number]) => `${from} ${to} ${carriesLogits}`;
        expect(received.map(({ from, to, carriesLogits }) => `${from} ${to} ${carriesLogits}`).sort()).toEqual(
          sent.map(text).sort(),
        );
        const arrivals = sent.map(({ from, to }) => `${from} on ${hosts[to]}`);
        const wanted = hosts.flatMap((host, from) =>
          [...new Set(hosts)].filter((other) => other !== host).map((other) => `${from} on ${other}`),
        );
        expect(arrivals.sort()).toEqual(wanted.sort());
      }),
    );
  });
});
