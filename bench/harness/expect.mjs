/** A benchmark of wrong answers is worthless: what is measured is looked at first. */
export function expect(side, what, found, wanted) {
  if (JSON.stringify(found) !== JSON.stringify(wanted)) {
    throw new Error(`${side.name}: ${what} is ${JSON.stringify(found)}, not ${JSON.stringify(wanted)}`);
  }
}

export function expectThat(side, what, holds) {
  if (!holds) throw new Error(`${side.name}: ${what} does not hold`);
}
