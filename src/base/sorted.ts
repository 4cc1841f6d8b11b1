/**
 * The first index from `low` to below `high` at which `holds`, by bisection; `high` if there is none.
 * What holds at one index must hold at all behind it.
 */
export function firstIndex(low: number, high: number, holds: (index: number) => boolean): number {
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (holds(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}
