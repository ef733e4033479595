/**
 * Chance that can be repeated: the same seed makes the same choices in the same order (mulberry32). Which request meets which
 * choice still depends on the machine.
 */
let state = 0;

export function seed(number) {
  state = number >>> 0;
}

/** From 0 to below 1. */
export function random() {
  state = (state + 0x6d2b79f5) >>> 0;
  let mixed = Math.imul(state ^ (state >>> 15), state | 1);
  mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
  return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
}
