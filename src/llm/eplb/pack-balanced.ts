/** A thing to pack. Two with the same label gain nothing from lying together. */
export interface PackItem {
  readonly label: number;
  readonly weight: number;
}

interface Pack {
  readonly items: PackItem[];
  readonly capacity: number;
  weight: number;
}

const hasRoom = ({ items, capacity }: Pack): boolean => items.length < capacity;

const has = ({ items }: Pack, label: number): boolean => items.some((item) => item.label === label);

/** The lightest pack with room, one without the label if there is any. */
function choosePack(packs: readonly Pack[], label: number): Pack {
  const open = packs.filter(hasRoom);
  const apart = open.filter((pack) => !has(pack, label));
  return (apart.length > 0 ? apart : open).reduce((best, pack) => (pack.weight < best.weight ? pack : best));
}

/**
 * Packs as many items as the capacities add up to so that packs weigh about the same: the heaviest item that is left goes
 * into the lightest pack with room.
 */
export function packBalanced(items: readonly PackItem[], capacities: readonly number[]): PackItem[][] {
  const packs: Pack[] = capacities.map((capacity) => ({ items: [], capacity, weight: 0 }));
  for (const item of items.toSorted((left, right) => right.weight - left.weight)) {
    const pack = choosePack(packs, item.label);
    pack.items.push(item);
    pack.weight += item.weight;
  }
  return packs.map((pack) => pack.items);
}
