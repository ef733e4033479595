import { setTimeout as sleep } from 'node:timers/promises';

const BULK = 1000;
/** Talks, is busy, does not answer, and a voicemail: by the sandbox's magic numbers. */
const ENDINGS = { '0203': 'answered', '0001': 'busy', '0002': 'no-answer', '0003': 'voicemail' };
const endings = Object.keys(ENDINGS);

/** Different numbers for every one, whose last four digits say how the call ends. */
export const numberOf = (n) => `+5255${String(1000 + Math.floor(n / endings.length)).padStart(4, '0')}${endings[n % endings.length]}`;

/** A caller, an agent, and so many calls in the queue. */
export async function queueCalls(product, count) {
  await product.ask('POST', '/phone-numbers', { number: '+525555550199', provider: 'vapi', providerId: 'chaos', isDefault: true });
  const { id } = await product.ask('POST', '/voice-agents', { name: 'chaos', provider: 'vapi', assistantId: 'chaos' });
  const calls = Array.from({ length: count }, (_, n) => ({ to: numberOf(n) }));
  for (let at = 0; at < count; at += BULK) {
    const { report } = await product.ask('POST', '/calls/agent/bulk', { voiceAgentId: id, calls: calls.slice(at, at + BULK) }, { 'idempotency-key': `calls-${at}` });
    if (report.counts.successful !== Math.min(BULK, count - at)) throw new Error(`queued ${JSON.stringify(report.counts)}`);
  }
}

/** Waits until every call is over, or nothing has moved for `patience` seconds. @returns how many are not */
export async function callsOver(db, patience = 120) {
  let last = -1;
  for (let deadline = 0; ; await sleep(200)) {
    const left = await countOf(db, 'calls', 'ended_at IS NULL').catch(() => last);
    if (left === 0) return 0;
    if (left !== last) deadline = Date.now() + patience * 1000;
    last = left;
    if (Date.now() > deadline) return left;
  }
}

/** Lines that are held for nobody, and calls whose end is not the one that was played. */
export async function remains(db) {
  await sleep(1500); // the last webhook may still be on its way
  const { rows } = await db.query('SELECT to_number, status, disposition FROM calls');
  const wrong = rows.filter(({ to_number, disposition }) => disposition !== ENDINGS[to_number.slice(-4)]);
  return { leaked: await countOf(db, 'call_attempts', 'released_at IS NULL'), wrong: wrong.length, sample: wrong[0] && JSON.stringify(wrong[0]) };
}

export async function countOf(db, table, condition = 'true') {
  const { rows } = await db.query(`SELECT count(*)::int AS n FROM ${table} WHERE ${condition}`);
  return rows[0].n;
}
