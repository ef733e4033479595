import { cpus } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';

const BUSY = 0.1;

/** What the numbers were measured on, and whether other programs were at work, which they must be read with. */
export async function describeMachine() {
  const before = times();
  await sleep(1000);
  const after = times();
  const busy = 1 - (after.idle - before.idle) / (after.all - before.all);
  const warning = busy > BUSY ? ` Others use ${Math.round(busy * 100)} % of it: trust ratios only, and no p99.` : '';
  return `Node ${process.versions.node}, ${cpus().length} × ${cpus()[0].model.trim()}.${warning}`;
}

function times() {
  const sum = (values) => values.reduce((a, b) => a + b, 0);
  const all = cpus().map((cpu) => cpu.times);
  return { idle: sum(all.map(({ idle }) => idle)), all: sum(all.map((one) => sum(Object.values(one)))) };
}
