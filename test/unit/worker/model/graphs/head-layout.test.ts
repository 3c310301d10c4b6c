import {
  type HeadLayout,
  keepsOrder,
  plainHeadLayout,
  rotaryHeadLayout,
} from '../../../../../worker/model/graphs/decoder/head-layout.js';

/** The checkpoint's value at each place of the graph's head; undefined where it is filled up. */
function placesOf({ width, segments }: HeadLayout): (number | undefined)[] {
  const places = new Array<number | undefined>(width).fill(undefined);
  for (const { start, end, offset } of segments) {
    for (let value = start; value < end; value++) places[offset + value - start] = value;
  }
  return places;
}

describe('rotaryHeadLayout', () => {
  it.each([16, 32, 128])('keeps a head of %i values as it is', (headDim) => {
    expect(keepsOrder(rotaryHeadLayout(headDim, headDim))).toBe(true);
  });

  it.each([
    [6, 6],
    [20, 20],
    [20, 10],
    [16, 8],
    [32, 24],
    [7, 4],
    [16, 0],
  ])('places each of %i values once, and the %i rotated ones beside their partners', (headDim, rotaryDim) => {
    const layout = rotaryHeadLayout(headDim, rotaryDim);
    const places = placesOf(layout);
    const values = places.filter((value) => value !== undefined);
    expect(values.sort((left, right) => left - right)).toEqual(Array.from({ length: headDim }, (_, value) => value));
    for (let value = 0; value < rotaryDim / 2; value++) {
      expect(places[value]).toBe(value);
      expect(places[value + layout.width / 2]).toBe(value + rotaryDim / 2);
    }
  });
});

describe('plainHeadLayout', () => {
  it('fills a head up behind its values', () => {
    expect(placesOf(plainHeadLayout(6)).slice(0, 7)).toEqual([0, 1, 2, 3, 4, 5, undefined]);
    expect(plainHeadLayout(6).width).toBe(16);
  });
});
