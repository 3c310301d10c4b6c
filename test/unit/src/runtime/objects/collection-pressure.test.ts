import { CollectionPressure, needsCollection } from '../../../../../src/runtime/objects/collection-pressure.js';
import { untilPasses } from '../../../../support/until-passes.js';

const MIB = 1024 * 1024;

describe('needsCollection', () => {
  it('is so after 256 MiB', () => {
    expect(needsCollection({ bytesSince: 255 * MIB, msSince: 1_000, lastTookMs: 0 })).toBe(false);
    expect(needsCollection({ bytesSince: 256 * MIB, msSince: 1_000, lastTookMs: 0 })).toBe(true);
  });

  it('waits until collections take no more than a tenth of the time', () => {
    expect(needsCollection({ bytesSince: 9_999 * MIB, msSince: 999, lastTookMs: 100 })).toBe(false);
    expect(needsCollection({ bytesSince: 9_999 * MIB, msSince: 1_000, lastTookMs: 100 })).toBe(true);
  });
});

describe('CollectionPressure', () => {
  it('collects once for what came in one turn, and begins to count anew', async () => {
    let numCollections = 0;
    const pressure = new CollectionPressure({ now: () => 0 }, () => numCollections++);
    for (let i = 0; i < 300; i++) pressure.keeps(MIB);
    expect(numCollections).toBe(0);
    await new Promise(setImmediate);
    expect(numCollections).toBe(1);
    pressure.keeps(255 * MIB);
    await new Promise(setImmediate);
    expect(numCollections).toBe(1);
    pressure.keeps(MIB);
    await new Promise(setImmediate);
    expect(numCollections).toBe(2);
  });

  it('collects nothing for what is given up before it would', async () => {
    let numCollections = 0;
    const pressure = new CollectionPressure({ now: () => 0 }, () => numCollections++);
    for (let i = 0; i < 3; i++) {
      pressure.keeps(256 * MIB);
      pressure.givesUp(256 * MIB);
      await new Promise(setImmediate);
    }
    expect(numCollections).toBe(0);
    pressure.keeps(256 * MIB);
    pressure.givesUp(1);
    pressure.keeps(1);
    await new Promise(setImmediate);
    expect(numCollections).toBe(1);
  });

  it('has refs collected that nothing holds, by itself', async () => {
    const pressure = new CollectionPressure({ now: () => performance.now() });
    let numCollected = 0;
    const registry = new FinalizationRegistry(() => numCollected++);
    (() => registry.register({}, undefined))();
    await new Promise(setImmediate);
    pressure.keeps(256 * MIB);
    await untilPasses(() => expect(numCollected).toBe(1));
  });
});
