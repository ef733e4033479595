const ROUNDS = 3;
const WARM_UP_SECONDS = 2;

/**
 * Bare, product, bare, product …: what else the machine does in the meantime meets both. Of each its median run.
 * @param measure (side, seconds, warming) → { rate, … }
 */
export async function compare(sides, seconds, measure) {
  for (const side of sides) await measure(side, Math.min(seconds, WARM_UP_SECONDS), true);
  const runs = Object.fromEntries(sides.map(({ name }) => [name, []]));
  for (let round = 0; round < ROUNDS; round++) {
    for (const side of sides) runs[side.name].push(await measure(side, seconds, false));
  }
  return { bare: medianRun(runs.bare), product: medianRun(runs.product) };
}

const medianRun = (runs) => runs.toSorted((a, b) => a.rate - b.rate)[Math.floor(runs.length / 2)];
