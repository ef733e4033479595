import { setTimeout as sleep } from 'node:timers/promises';
import { DataSource } from 'typeorm';
import { CALL_PROVIDER_ADAPTERS, type CallProvider, CallReports } from '../../../src/modules/calls';
import { type ClaimedAttempt, ClaimCalls } from '../../../src/modules/calls/claim-calls';
import { type Connection, ConnectionsApi } from '../../../src/modules/connections';
import { DialAttempt } from '../../../src/modules/calls/dial-attempt';
import { Lease } from '../../../src/platform/queue/lease';
import { FollowAttempts } from '../../../src/modules/calls/follow-attempts';
import { expectError, ok } from '../../support/answers';
import { countRows, sql } from '../../support/database';
import type { TestApp } from '../../support/test-app';
import { holdNext } from '../../support/stand-still';
import { until } from '../../support/until';
import { aCallCentre, type CallCentre, ended, numberEnding, startCall, useCallCentre } from './call-centre';

type DialerAnswer = { limit: number; active: number; activeOfOthers: number; queued: number; oldestQueuedAt: string | null; slots: { callId: number; state: string; explanation: string }[]; pausedReason: string | null };

/** The dialer keeps off the connection, which is made by the first who asks for it. */
async function holdBack(centre: CallCentre): Promise<void> {
  await ok(centre.api.get('/dialer'));
  await sql(`UPDATE connections SET blocked_until = now() + interval '1 hour'`);
}

const connectionId = async (): Promise<number> => (await sql<{ id: number }>(`SELECT id FROM connections WHERE provider = 'vapi'`))[0]?.id ?? 0;

/** What a dialer in another process would take, which no sweep of this one's can come before: the connection opens for this moment only. */
async function claimAsAnotherProcess(app: TestApp): Promise<ClaimedAttempt | undefined> {
  const id = await connectionId();
  return app.nest.get(DataSource).transaction(async (em) => {
    await em.query('UPDATE connections SET blocked_until = NULL WHERE id = $1', [id]);
    const claimed = await app.nest.get(ClaimCalls).executeIn(em, id);
    await em.query(`UPDATE connections SET blocked_until = now() + interval '1 hour' WHERE id = $1`, [id]);
    return claimed.attempts[0];
  });
}

const vapiOf = (app: TestApp): CallProvider => app.nest.get<CallProvider[]>(CALL_PROVIDER_ADAPTERS).find(({ name }) => name === 'vapi') as CallProvider;

const vapiConnection = async (app: TestApp): Promise<Connection> => (await app.nest.get(ConnectionsApi).byId(app.nest.get(DataSource).manager, await connectionId())) as Connection;

/** How often the provider was really asked to make this call. */
async function timesDialed(app: TestApp, callId: number): Promise<number> {
  const { baseUrl, credentials } = await vapiConnection(app);
  const answer = await fetch(`${baseUrl}/call?limit=1000`, { headers: { authorization: `Bearer ${credentials.apiKey}` } });
  return ((await answer.json()) as { customer: { externalId: string } }[]).filter(({ customer }) => customer.externalId === String(callId)).length;
}

describe('claiming calls', () => {
  const running = useCallCentre({ dialing: false });

  const release = (condition = 'TRUE') => sql(`UPDATE call_attempts SET released_at = now(), state = 'over', check_at = NULL WHERE released_at IS NULL AND ${condition}`);
  const claim = async () => (await running.app.nest.get(ClaimCalls).execute(await connectionId())).attempts;
  const setLimit = (limit: number) => sql('UPDATE connections SET concurrency_limit = $1', [limit]);
  afterEach(() => release());

  async function queue(centre: CallCentre, count: number, lane: 'single' | 'bulk'): Promise<void> {
    const calls = Array.from({ length: count }, () => ({ to: numberEnding('7777') }));
    if (lane === 'bulk') await ok(centre.api.post('/calls/agent/bulk', { voiceAgentId: centre.voiceAgentId, calls }));
    else for (const { to } of calls) await startCall(centre, to);
  }

  it('takes as many as there are lines, in order, and no more', async () => {
    await queue(running.centre, 15, 'bulk');
    const first = await claim();
    expect(first.map(({ call_id }) => call_id)).toEqual((await sql<{ id: number }>('SELECT id FROM calls ORDER BY id LIMIT 10')).map(({ id }) => id));
    expect(await claim()).toEqual([]);
    await release(`id = ${first[0]?.id}`);
    expect(await claim()).toHaveLength(1);
    expect(await countRows('call_queue')).toBe(4);
  });

  it('never takes a call twice, nor a line too many, however many claim at once', async () => {
    await queue(running.centre, 30, 'bulk');
    await setLimit(7);
    const claimed = (await Promise.all(Array.from({ length: 8 }, claim))).flat();
    expect(claimed).toHaveLength(7);
    expect(new Set(claimed.map(({ call_id }) => call_id)).size).toBe(7);
    expect(await countRows('call_attempts', 'released_at IS NULL')).toBe(7);
  });

  it('shares the lines between tenants, whoever came first and with however much', async () => {
    const other = await aCallCentre(running.app);
    await queue(running.centre, 40, 'bulk');
    await queue(other, 8, 'bulk');
    const tenants = (rows: { tenant_id: number }[]) => rows.filter(({ tenant_id }) => tenant_id === Number(other.id)).length;
    expect(tenants(await claim())).toBe(5);
    // Whose call ends, gets the line back: shares stay even.
    await release(`tenant_id = ${other.id}`);
    expect(tenants(await claim())).toBe(3);
    expect(await countRows('call_attempts', `released_at IS NULL AND tenant_id <> ${other.id}`)).toBe(7);
  });

  it('shares a single line in turns', async () => {
    const other = await aCallCentre(running.app);
    await queue(running.centre, 4, 'bulk');
    await queue(other, 4, 'bulk');
    await setLimit(1);
    const order: number[] = [];
    for (let n = 0; n < 8; n++) {
      order.push(...(await claim()).map(({ tenant_id }) => tenant_id));
      await release();
    }
    expect(order.filter((id, at) => at > 0 && id === order[at - 1])).toEqual([]);
    expect(order).toHaveLength(8);
  });

  it('lets a single call past a bulk, and no bulk starve', async () => {
    await queue(running.centre, 30, 'bulk');
    await claim();
    await queue(running.centre, 12, 'single');
    await release('id = (SELECT min(id) FROM call_attempts)');
    expect((await claim()).map(({ lane }) => lane)).toEqual(['single']);
    await release();
    expect((await claim()).map(({ lane }) => lane).sort()).toEqual([...Array<string>(5).fill('bulk'), ...Array<string>(5).fill('single')]);
  });

  it('leaves a blocked or paused connection alone, and tries a paused one with one call', async () => {
    await queue(running.centre, 3, 'single');
    await sql(`UPDATE connections SET blocked_until = now() + interval '1 minute'`);
    expect(await claim()).toEqual([]);
    await sql(`UPDATE connections SET blocked_until = now(), paused_reason = 'no money', paused_until = now() + interval '1 minute'`);
    expect(await claim()).toEqual([]);
    expect(await ok(running.centre.api.get<DialerAnswer>('/dialer'))).toMatchObject({ pausedReason: 'no money', active: 0, queued: 3 });
    await sql(`UPDATE connections SET paused_until = now()`);
    expect(await claim()).toHaveLength(1);
  });

  it('gives Twilio one call a second', async () => {
    for (let n = 0; n < 3; n++) await ok(running.centre.api.post('/calls/bridge', { from: '+525512345678', to: numberEnding('7777') }));
    const [twilio] = await sql<{ id: number }>(`SELECT id FROM connections WHERE provider = 'twilio'`);
    const dialed: number[] = [];
    await until(async () => {
      const { attempts } = await running.app.nest.get(ClaimCalls).execute(twilio?.id ?? 0);
      dialed.push(...attempts.map(() => Date.now()));
      return dialed.length === 3;
    });
    for (let n = 1; n < 3; n++) expect((dialed[n] ?? 0) - (dialed[n - 1] ?? 0)).toBeGreaterThan(950);
  });

  it('marks who came onto the do-not-call list while waiting', async () => {
    const call = await startCall(running.centre, numberEnding('7777'));
    await ok(running.centre.api.post('/do-not-call', { number: call.to }));
    expect(await claim()).toEqual([expect.objectContaining({ call_id: call.id, listed: true })]);
  });
});

describe('the dialer', () => {
  const running = useCallCentre();

  it('keeps every line busy, never one too many, and fails none', async () => {
    const { centre } = running;
    const calls = Array.from({ length: 40 }, (_, n) => ({ to: numberEnding(n % 8 === 3 ? '0005' : n % 8 === 5 ? '0001' : '7777') }));
    await ok(centre.api.post('/calls/agent/bulk', { voiceAgentId: centre.voiceAgentId, calls }));
    let most = 0;
    await until(async () => {
      const dialer = await ok(centre.api.get<DialerAnswer>('/dialer'));
      most = Math.max(most, dialer.active);
      expect(dialer.active).toBeLessThanOrEqual(dialer.limit);
      expect(dialer.slots).toHaveLength(dialer.active);
      return dialer.active + dialer.queued === 0;
    });
    expect(most).toBe(10);
    expect(await sql('SELECT disposition, count(*)::int AS n FROM calls GROUP BY 1 ORDER BY 1')).toEqual([
      { disposition: 'answered', n: 35 },
      { disposition: 'busy', n: 5 },
    ]);
    // One attempt each: "all lines taken" costs none.
    expect(await countRows('call_attempts')).toBe(40);
    expect(await countRows('activities', `status = 'NO_LINE'`)).toBeGreaterThan(0);
  });

  it('never dials twice where it dies between the answer of the provider and its own commit', async () => {
    const { app, centre } = running;
    await holdBack(centre);
    const call = await startCall(centre, numberEnding('0220'));
    const claimed = await claimAsAnotherProcess(app);
    const em = app.nest.get(DataSource).manager;
    const connection = await app.nest.get(ConnectionsApi).byId(em, await connectionId());
    const vapi = app.nest.get<CallProvider[]>(CALL_PROVIDER_ADAPTERS).find(({ name }) => name === 'vapi');
    if (!connection || !vapi || !claimed) throw new Error('no adapter, or nothing to dial');
    const order = { tenantId: claimed.tenant_id, callId: call.id, attempt: 1, from: { number: call.from, providerId: 'vapi-number' }, to: call.to, customer: { firstName: null, lastName: null, email: null }, work: claimed.work };
    const result = await vapi.dial(connection, order, Lease.FOREVER);
    expect(result.kind).toBe('accepted');
    // Here the process would be gone. Its lease runs out:
    await sql(`UPDATE call_attempts SET check_at = now() WHERE id = $1`, [claimed.id]);
    await app.nest.get(FollowAttempts).sweep();
    const found = await until(async () => (await sql<{ state: string; provider_id: string }>(`SELECT state, provider_id FROM call_attempts WHERE provider_id IS NOT NULL`))[0]);
    expect(found.provider_id).toBe(result.kind === 'accepted' && result.report.providerId);
    expect((await ended(centre, call.id)).status).toBe('completed');
    const at = await fetch(`${connection.baseUrl}/call`, { headers: { authorization: `Bearer ${connection.credentials.apiKey}` } });
    const all = (await at.json()) as { customer: { externalId: string } }[];
    expect(all.filter(({ customer }) => customer.externalId === String(call.id))).toHaveLength(1);
  });

  it('queues a call again for which the provider had no line after all', async () => {
    const { app, centre } = running;
    await holdBack(centre);
    const call = await startCall(centre, numberEnding('7777'));
    const claimed = await claimAsAnotherProcess(app);
    const connection = await app.nest.get(ConnectionsApi).byId(app.nest.get(DataSource).manager, await connectionId());
    if (!claimed || !connection) throw new Error('nothing was claimed');
    const report = { providerId: 'taken-and-dropped', callId: call.id, attempt: 1, phase: 'ended', disposition: 'no-line', complete: true } as const;
    await app.nest.get(CallReports).apply(connection, report);
    await app.nest.get(CallReports).apply(connection, report);
    expect(await ok(centre.api.get(`/calls/${call.id}`))).toMatchObject({ status: 'queued', disposition: null });
    expect(await countRows('call_queue', 'call_id = $1', [call.id])).toBe(1);
    await sql('UPDATE connections SET blocked_until = NULL');
    expect(await ended(centre, call.id)).toMatchObject({ status: 'completed', disposition: 'answered' });
    const attempts = await until(async () => {
      const rows = await sql('SELECT number, outcome FROM call_attempts ORDER BY number');
      return rows.every(({ outcome }) => outcome !== null) && rows;
    });
    expect(attempts).toEqual([
      { number: 1, outcome: 'no-line' },
      { number: 2, outcome: expect.stringMatching(/ended-call/) },
    ]);
  });

  it('hangs up a call that is on the line, and says so once it has ended', async () => {
    const { centre } = running;
    const call = await startCall(centre, numberEnding('0260'));
    await until(async () => (await ok(centre.api.get<{ status: string }>(`/calls/${call.id}`))).status === 'in-progress');
    expect((await ok(centre.api.post<{ status: string }>(`/calls/${call.id}/cancel`))).status).toBe('in-progress');
    expect(await ended(centre, call.id)).toMatchObject({ status: 'canceled', disposition: 'canceled' });
    await expectError(centre.api.post(`/calls/${call.id}/cancel`), 409, 'CALL_ENDED');
  });

  it('explains why a line is held, and shows nothing of other tenants', async () => {
    const { app, centre } = running;
    const other = await aCallCentre(app);
    const call = await startCall(centre, numberEnding('0240'));
    const dialer = await until(async () => {
      const answer = await ok(centre.api.get<DialerAnswer>('/dialer'));
      return answer.slots[0]?.state === 'live' && answer;
    });
    expect(dialer).toMatchObject({ limit: 10, active: 1, queued: 0, oldestQueuedAt: null, slots: [{ callId: call.id, explanation: expect.stringContaining('vapi took the call') }] });
    expect(await ok(other.api.get<DialerAnswer>('/dialer'))).toMatchObject({ active: 1, activeOfOthers: 1, slots: [] });
    await ok(centre.api.post(`/calls/${call.id}/cancel`));
    await ended(centre, call.id);
  });

  it('pauses an account that the provider refuses, keeps the calls, and goes on by itself', async () => {
    const { centre } = running;
    const call = await startCall(centre, numberEnding('0016'));
    const paused = await until(async () => {
      const answer = await ok(centre.api.get<DialerAnswer>('/dialer'));
      return answer.pausedReason && answer;
    });
    expect(paused).toMatchObject({ active: 0, queued: 1 });
    const next = await startCall(centre, numberEnding('7777'));
    await ok(centre.api.post(`/calls/${call.id}/cancel`));
    await sql('UPDATE connections SET paused_until = now()');
    expect(await ended(centre, next.id)).toMatchObject({ status: 'completed' });
    expect((await ok(centre.api.get<DialerAnswer>('/dialer'))).pausedReason).toBeNull();
  });

  it('calls nobody who came onto the do-not-call list while waiting', async () => {
    const { centre } = running;
    await holdBack(centre);
    const call = await startCall(centre, numberEnding('7777'));
    await ok(centre.api.post('/do-not-call', { number: call.to }));
    await sql('UPDATE connections SET blocked_until = now()');
    expect(await ended(centre, call.id)).toMatchObject({ status: 'canceled', disposition: 'do-not-call', providerId: null });
    expect(await countRows('activities')).toBe(0);
  });
});

describe('a dialer that stands still for longer than its lease', () => {
  const running = useCallCentre({ timings: { leaseMs: 1500, visibleMs: 300, firstLookUpMs: 50 } });

  /** As the look-up leaves a call that the provider seems not to have: back in the queue, where nothing takes it for now. */
  async function neverMade(centre: CallCentre, claimed: ClaimedAttempt | undefined): Promise<void> {
    await sql(`UPDATE call_attempts SET state = 'over', released_at = now(), check_at = NULL, outcome = 'never-made' WHERE id = $1`, [claimed?.id]);
    await sql(
      `INSERT INTO call_queue (call_id, tenant_id, connection_id, lane, to_number, attempts) SELECT id, tenant_id, connection_id, 'single', to_number, 1 FROM calls WHERE id = $1`,
      [claimed?.call_id],
    );
    expect((await ok(centre.api.get<DialerAnswer>('/dialer'))).queued).toBe(1);
  }

  it('calls nobody whom another has called meanwhile', async () => {
    const { app, centre } = running;
    const held = holdNext(vapiOf(app), 'dial');
    const call = await startCall(centre, numberEnding('7777'));
    await held.reached;
    expect(await ended(centre, call.id, 30)).toMatchObject({ status: 'completed', disposition: 'answered' });
    expect(await held.letGo()).toMatchObject({ status: 'rejected', reason: { code: 'LEASE_LOST' } });
    expect(await timesDialed(app, call.id)).toBe(1);
    expect(await sql('SELECT number, state, outcome FROM call_attempts WHERE number = 1')).toEqual([{ number: 1, state: 'over', outcome: 'never-made' }]);
  });

  it('takes the call out of the queue where its own turns out to have been made after all, and that holds its line', async () => {
    const { app, centre } = running;
    const held = holdNext(vapiOf(app), 'dial', 'after');
    const call = await startCall(centre, numberEnding('0240'));
    await held.reached;
    await holdBack(centre);
    const [claimed] = await sql<ClaimedAttempt>('SELECT id, call_id FROM call_attempts');
    await neverMade(centre, claimed);
    await held.letGo();
    await until(async () => (await countRows('call_queue')) === 0);
    expect(await ok(centre.api.get<DialerAnswer>('/dialer'))).toMatchObject({ active: 1, queued: 0, slots: [{ callId: call.id, state: 'live' }] });
    await sql('UPDATE connections SET blocked_until = NULL');
    expect(await ended(centre, call.id, 30)).toMatchObject({ status: 'completed' });
    expect([await timesDialed(app, call.id), await countRows('call_attempts')]).toEqual([1, 1]);
  });

  it('is no reason to dial again what a report of any attempt says to have ended', async () => {
    const { app, centre } = running;
    await holdBack(centre);
    const call = await startCall(centre, numberEnding('7777'));
    await neverMade(centre, await claimAsAnotherProcess(app));
    await app.nest.get(CallReports).apply(await vapiConnection(app), { providerId: 'late', callId: call.id, attempt: 1, phase: 'ended', disposition: 'answered', complete: true });
    expect(await countRows('call_queue')).toBe(0);
    expect(await ended(centre, call.id)).toMatchObject({ status: 'completed', providerId: 'late' });
    expect(await countRows('call_attempts', 'released_at IS NULL')).toBe(0);
  });

  it('takes no call that has come to its end, however it came into the queue', async () => {
    const { app, centre } = running;
    await holdBack(centre);
    const call = await startCall(centre, numberEnding('7777'));
    await sql(`UPDATE calls SET status = 'completed', disposition = 'answered' WHERE id = $1`, [call.id]);
    expect(await claimAsAnotherProcess(app)).toBeUndefined();
    expect([await countRows('call_queue'), await countRows('call_attempts')]).toEqual([0, 0]);
  });

  it('puts no call back, and ends none, that another of its attempts has made', async () => {
    const { app, centre } = running;
    await holdBack(centre);
    const call = await startCall(centre, numberEnding('7777'));
    await neverMade(centre, await claimAsAnotherProcess(app));
    await sql(`UPDATE phone_numbers SET provider_id = 'busy'`);
    for (const status of [400, 422]) {
      const second = await claimAsAnotherProcess(app);
      await app.nest.get(CallReports).apply(await vapiConnection(app), { providerId: 'made', callId: call.id, attempt: 1, phase: 'in-progress' });
      const result = { exchange: { request: {}, response: null }, ...(status === 400 ? { kind: 'no-line' as const } : { kind: 'refused' as const, message: 'no' }) };
      const vapi = vapiOf(app);
      const { dial } = vapi;
      vapi.dial = async () => result;
      try {
        if (second) await app.nest.get(DialAttempt).execute(second, Lease.FOREVER);
      } finally {
        vapi.dial = dial;
      }
      expect(await countRows('call_queue')).toBe(0);
      expect(await ok(centre.api.get(`/calls/${call.id}`))).toMatchObject({ status: 'in-progress' });
      if (status === 400) {
        await sql(`INSERT INTO call_queue (call_id, tenant_id, connection_id, lane, to_number, attempts) SELECT id, tenant_id, connection_id, 'single', to_number, 1 FROM calls`);
      }
    }
    await sql(`UPDATE call_attempts SET state = 'over', released_at = now(), check_at = NULL`);
  });
});

describe('a look-up', () => {
  const running = useCallCentre({ dialing: false, timings: { firstLookUpMs: 0, visibleMs: 1000 } });
  const sweep = async () => {
    await sql(`UPDATE call_attempts SET check_at = now() WHERE check_at IS NOT NULL`);
    await running.app.nest.get(FollowAttempts).sweep();
  };

  it('seeks what was sent, whatever has become of the number since', async () => {
    const { app, centre } = running;
    await holdBack(centre);
    const call = await startCall(centre, numberEnding('0240'));
    const claimed = (await claimAsAnotherProcess(app)) as ClaimedAttempt;
    const customer = { firstName: null, lastName: null, email: null };
    const order = { tenantId: claimed.tenant_id, callId: call.id, attempt: 1, from: { number: call.from, providerId: claimed.from_provider_id }, to: call.to, customer, work: claimed.work };
    // It says nothing by itself: its webhooks reach nobody.
    const result = await vapiOf(app).dial({ ...(await vapiConnection(app)), webhookUrl: 'http://127.0.0.1:9/' }, order, Lease.FOREVER);
    expect([claimed.from_provider_id, result.kind]).toEqual(['vapi-number', 'accepted']);
    await sql(`UPDATE phone_numbers SET provider_id = 'moved to another account'`);
    await until(async () => {
      await sweep();
      return (await countRows('call_attempts', `state <> 'unknown'`)) > 0;
    });
    await holdBack(centre);
    expect(await sql('SELECT number, state FROM call_attempts')).toEqual([{ number: 1, state: 'live' }]);
    expect([await countRows('call_queue'), await timesDialed(app, call.id)]).toEqual([0, 1]);
  });

  it('proves only what was so when the provider answered', async () => {
    const { app, centre } = running;
    await holdBack(centre);
    await startCall(centre, numberEnding('7777'));
    await claimAsAnotherProcess(app);
    for (let looked = 0; looked < 3; looked++) await sweep();
    expect(await sql('SELECT state, checks FROM call_attempts')).toEqual([{ state: 'unknown', checks: 3 }]);
    const held = holdNext(vapiOf(app), 'find', 'after');
    const sweeping = sweep();
    await held.reached;
    await sleep(1200); // by now it would be conclusive, had it been asked now
    await held.letGo();
    await sweeping;
    expect(await sql('SELECT state, checks FROM call_attempts')).toEqual([{ state: 'unknown', checks: 4 }]);
    await sweep();
    expect(await sql('SELECT state, outcome FROM call_attempts')).toEqual([{ state: 'over', outcome: 'never-made' }]);
  });
});
