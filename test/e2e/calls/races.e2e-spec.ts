import { randomUUID } from 'node:crypto';
import { ClaimCalls } from '../../../src/modules/calls/claim-calls';
import type { BulkResult } from '../../../src/modules/operations/operations.service';
import { aPhone } from '../../factories/contacts';
import { ok } from '../../support/answers';
import { countRows, sql } from '../../support/database';
import { type CallCentre, useCallCentre } from './call-centre';

jest.setTimeout(120_000);

describe('races of calls', () => {
  const running = useCallCentre({ dialing: false });
  let centre: CallCentre;
  beforeEach(async () => {
    centre = running.centre;
    // The environment's connection is made by whoever asks first, and others wait for that: these are to meet later.
    await ok(centre.api.get('/dialer'));
  });

  const numbers = (count: number) => Array.from({ length: count }, () => ({ to: aPhone() }));
  const start = (calls: object[], more: object = {}, headers?: Record<string, string>) =>
    ok(centre.api.post<BulkResult>('/calls/agent/bulk', { voiceAgentId: centre.voiceAgentId, calls, ...more }, headers));
  const sum = (results: BulkResult[], name: keyof BulkResult['report']['counts']) => results.reduce((n, { report }) => n + report.counts[name], 0);
  const claim = async () => running.app.nest.get(ClaimCalls).execute((await sql<{ id: number }>(`SELECT id FROM connections WHERE provider = 'vapi'`))[0]?.id ?? 0);

  it('two equal bulk requests queue each number once, and the loser names the call that waits', async () => {
    const calls = numbers(2000);
    const results = await Promise.all([start(calls), start(calls)]);
    expect([sum(results, 'successful'), sum(results, 'duplicates'), sum(results, 'errors')]).toEqual([2000, 2000, 0]);
    expect(await countRows('calls')).toBe(2000);
    expect(await sql('SELECT to_number FROM call_queue GROUP BY to_number HAVING count(*) > 1')).toEqual([]);
    const loser = results.find(({ report }) => report.counts.duplicates > 0)?.report;
    const waiting = await sql<{ id: number; to_number: string }>('SELECT id, to_number FROM calls');
    const callOf = new Map(waiting.map(({ id, to_number: number }) => [number, id]));
    for (const { index, itemId, warnings, existingEntities } of loser?.itemsIssues ?? []) {
      const id = callOf.get(calls[index]?.to ?? '');
      expect({ itemId, existingEntities }).toEqual({ itemId: id, existingEntities: { calls: [{ id }] } });
      expect(warnings).toEqual([{ field: 'to', code: 'DUPLICATE_IN_QUEUE', message: expect.any(String), context: { callId: id } }]);
    }
  });

  it.each([
    ['without an Idempotency-Key', () => undefined],
    ['each with an Idempotency-Key of its own', () => ({ 'idempotency-key': randomUUID() })],
  ])('eight bulk requests, %s, queue each number once, in whatever order they have them', async (_, headers) => {
    const calls = numbers(200);
    const results = await Promise.all(Array.from({ length: 8 }, (__, at) => start(at % 2 ? calls.toReversed() : calls, {}, headers())));
    expect([sum(results, 'successful'), sum(results, 'duplicates')]).toEqual([200, 1400]);
    expect(await countRows('call_queue')).toBe(200);
  });

  it('a number that the dialer takes from the queue at that moment is still under way', async () => {
    for (let round = 0; round < 10; round++) {
      const calls = numbers(20);
      await start(calls);
      const [again] = await Promise.all([start(calls), claim()]);
      expect(again.report.counts).toMatchObject({ successful: 0, duplicates: 20 });
      await sql('DELETE FROM calls');
    }
  });

  it('says of a number whether it waits or is being called, and by which call', async () => {
    const [waits, rings] = numbers(2);
    const ringing = await start([rings as object]);
    await claim();
    const waiting = await start([waits as object]);
    const { report } = await start([waits as object, rings as object]);
    const [first] = await sql<{ id: number }>('SELECT call_id AS id FROM call_queue');
    const [second] = await sql<{ id: number }>('SELECT call_id AS id FROM call_attempts');
    expect([ringing, waiting].map((one) => one.report.counts.successful)).toEqual([1, 1]);
    expect(report.itemsIssues.map(({ itemId, warnings, existingEntities }) => [warnings[0]?.code, itemId, existingEntities])).toEqual([
      ['DUPLICATE_IN_QUEUE', first?.id, { calls: [first] }],
      ['CALL_UNDER_WAY', second?.id, { calls: [second] }],
    ]);
    // A dry run waits for nobody and says the same; onDuplicate create calls all the same.
    expect((await start([waits as object, rings as object], { dryRun: true })).report).toEqual(report);
    expect((await start([waits as object, rings as object], { onDuplicate: 'create' })).report.counts).toMatchObject({ successful: 2, duplicates: 0 });
  });
});
