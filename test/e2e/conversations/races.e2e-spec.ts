import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ContactDto } from '../../../src/modules/contacts/dto/contact.dto';
import type { BulkResult } from '../../../src/modules/operations/operations.service';
import { aContact, aPhone } from '../../factories/contacts';
import { ok } from '../../support/answers';
import { countRows, sql } from '../../support/database';
import { until } from '../../support/until';
import { type Desk, aConversation, bulkCreate, bulkUpdate, rowCounts, useDesk } from './desk';

jest.setTimeout(60_000);

const PEOPLE = 300;

describe('races', () => {
  const running = useDesk();
  let desk: Desk;
  beforeEach(() => {
    desk = running.desk;
  });

  /** People of whom some share a phone between two batches, some an email, some only the nationalId. */
  const people = (seed: string) =>
    Array.from({ length: PEOPLE }, (_, at) => {
      const nationalId = `${seed}-${at}`;
      const phones = [aPhone()];
      const emails = [`${seed}${at}@example.com`];
      const known = [{ phones, emails }, { phones, nationalId }, { emails, nationalId }, { nationalId }][at % 4];
      return { funnelId: desk.funnel.id, contact: { firstName: `Person ${at}`, ...known } };
    });

  it.each([2, 8])('of %i bulk requests for the same new people make each person and conversation once', async (requests) => {
    const items = people('n');
    const results = await Promise.all(Array.from({ length: requests }, (_, at) => bulkCreate(desk, at % 2 ? items.toReversed() : items)));
    const sum = (name: keyof BulkResult['report']['counts']) => results.reduce((n, { report }) => n + report.counts[name], 0);
    expect(sum('errors')).toBe(0);
    expect(sum('successful')).toBe(PEOPLE);
    expect(sum('duplicates')).toBe(PEOPLE * (requests - 1));
    expect(await rowCounts()).toMatchObject({ contacts: PEOPLE, conversations: PEOPLE, addresses: PEOPLE });
    expect(await sql('SELECT 1 FROM conversations GROUP BY contact_id HAVING count(*) > 1')).toEqual([]);
    expect(await countRows('operations')).toBe(requests);
    expect(await ok(desk.api.get('/contacts'))).toMatchObject({ totalCount: PEOPLE });
  });

  it('of dry runs with somebody who holds the people do not happen: they wait for nobody', async () => {
    const { id: contactId, phone } = await aContact(desk.api);
    const conversation = await aConversation(desk, { contactId });
    const item = { funnelId: desk.funnel.id, contact: { phones: [phone], nationalId: 'N-1' } };
    await sql('BEGIN');
    try {
      await sql('SELECT FROM contacts WHERE id = $1 FOR UPDATE', [contactId]);
      const began = Date.now();
      const created = await bulkCreate(desk, [item], { dryRun: true });
      const updated = await bulkUpdate(desk, [{ id: conversation.id, contact: { firstName: 'Eva' } }], { dryRun: true });
      const once = await desk.api.post<BulkResult>('/conversations/bulk', { dryRun: true, conversations: [item] }, { 'idempotency-key': 'rehearsed' });
      expect([created, updated, await ok(Promise.resolve(once))].map(({ report }) => report.counts.errors)).toEqual([0, 0, 0]);
      expect(Date.now() - began).toBeLessThan(5000);
    } finally {
      await sql('ROLLBACK');
    }
    expect(await countRows('idempotency_keys', `key = 'rehearsed'`)).toBe(1);
  });

  it('of eight bulk requests of which each pair shares a person of its own all come through', async () => {
    const requests = 8;
    const shared = new Map<string, string>();
    const phoneOf = (one: number, other: number) => {
      const pair = [one, other].sort().join();
      shared.set(pair, shared.get(pair) ?? aPhone());
      return shared.get(pair);
    };
    const batches = Array.from({ length: requests }, (_, one) =>
      Array.from({ length: requests }, (_, other) => ({ funnelId: desk.funnel.id, contact: { phones: [phoneOf(one, other)] } })),
    );
    const results = await Promise.all(batches.map((items) => bulkCreate(desk, items)));
    expect(results.reduce((n, { report }) => n + report.counts.successful, 0)).toBe(shared.size);
    expect(await rowCounts()).toMatchObject({ contacts: shared.size, conversations: shared.size });
  });

  it('of a bulk with single creates of the same contacts leave each phone with one of them', async () => {
    const items = Array.from({ length: PEOPLE }, () => ({ funnelId: desk.funnel.id, contact: { phones: [aPhone()] } }));
    const singles = items.filter((_, at) => at % 10 === 0);
    const [{ report }, ...created] = await Promise.all([
      bulkCreate(desk, items),
      ...singles.map(({ contact }) => desk.api.post<ContactDto>('/contacts', { addresses: [{ channelType: 'PHONE', address: contact.phones[0] }] })),
    ]);
    expect(report.counts).toMatchObject({ successful: PEOPLE, errors: 0 });
    expect([...new Set(created.map(({ status }) => status))].every((status) => status === 200 || status === 409)).toBe(true);
    expect(await rowCounts()).toMatchObject({ contacts: PEOPLE, addresses: PEOPLE, conversations: PEOPLE });
  });

  it('of single creates with a bulk on one person make that person once, and each its conversation', async () => {
    const contact = { phones: [aPhone()], nationalId: 'N1' };
    const [{ report }, ...singles] = await Promise.all([
      bulkCreate(desk, [{ funnelId: desk.funnel.id, contact }]),
      ...Array.from({ length: 8 }, () => aConversation(desk, { contact })),
    ]);
    expect(new Set(singles.map(({ contactId }) => contactId)).size).toBe(1);
    expect(await rowCounts()).toMatchObject({ contacts: 1, addresses: 1, conversations: 8 + report.counts.successful });
  });

  it('of eight updates of the same conversations, in opposite orders, apply every one of them', async () => {
    await bulkCreate(desk, people('u'));
    const ids = (await sql<{ id: number }>('SELECT id FROM conversations ORDER BY id')).map(({ id }) => id);
    const update = (at: number) => ids.map((id) => ({ id, customFields: { [`by${at}`]: at }, contact: { companyPosition: `Nr ${at}`, customFields: { [`by${at}`]: at } } }));
    const results = await Promise.all(Array.from({ length: 8 }, (_, at) => bulkUpdate(desk, at % 2 ? update(at).toReversed() : update(at))));
    for (const { report } of results) expect(report.counts).toMatchObject({ successful: PEOPLE, errors: 0 });
    const all = Object.fromEntries(Array.from({ length: 8 }, (_, at) => [`by${at}`, at]));
    for (const table of ['conversations', 'contacts']) expect(await countRows(table, 'custom_fields = $1', [all])).toBe(PEOPLE);
  });

  it('of a status that is dropped with a bulk that uses it end with one of the two refused', async () => {
    const [first, ...kept] = desk.funnel.statuses;
    const items = Array.from({ length: PEOPLE }, () => ({ funnelId: desk.funnel.id, funnelStatusId: first?.id, contact: { phones: [aPhone()] } }));
    const [{ report }, dropped] = await Promise.all([bulkCreate(desk, items), desk.api.put(`/funnels/${desk.funnel.id}`, { statuses: kept })]);
    expect([200, 409]).toContain(dropped.status);
    expect(report.counts).toMatchObject(dropped.status === 200 ? { errors: PEOPLE } : { successful: PEOPLE });
    expect(await countRows('conversations')).toBe(report.counts.successful);
  });

  it('of one Idempotency-Key do the work once', async () => {
    const key = randomUUID();
    const body = { conversations: people('k') };
    const send = () => desk.api.post<BulkResult>('/conversations/bulk', body, { 'idempotency-key': key });
    const answers = await Promise.all([send(), send()]);
    const statuses = answers.map(({ status }) => status).sort();
    expect([
      [200, 200],
      [200, 409],
    ]).toContainEqual(statuses);
    const replay = await send();
    expect(replay.headers['idempotency-replayed']).toBe('true');
    for (const { status, body: answer } of answers) if (status === 200) expect(answer).toEqual(replay.body);
    expect(replay.body.report.counts).toMatchObject({ successful: PEOPLE });
    expect(await rowCounts()).toMatchObject({ contacts: PEOPLE, conversations: PEOPLE });
    expect(await countRows('operations')).toBe(1);
  });

  it('of bulk requests with an Idempotency-Key each make each person once', async () => {
    const items = people('i');
    const send = (conversations: unknown[]) => ok(desk.api.post<BulkResult>('/conversations/bulk', { conversations }, { 'idempotency-key': randomUUID() }));
    const results = await Promise.all([send(items), send(items.toReversed()), send(items)]);
    expect(results.reduce((n, { report }) => n + report.counts.successful, 0)).toBe(PEOPLE);
    expect(await rowCounts()).toMatchObject({ contacts: PEOPLE, conversations: PEOPLE });
  });

  describe('a request whose socket is cut', () => {
    const request = (body: string) =>
      `POST /api/v1/conversations/bulk HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${desk.key}\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
    const cutAfter = async (bytes: string, ms: number) => {
      const { hostname, port } = await running.app.listen();
      const socket = connect(Number(port), hostname);
      await once(socket, 'connect');
      await new Promise((written) => socket.write(bytes, written));
      await sleep(ms);
      socket.destroy();
    };
    it('before its body has come leaves nothing', async () => {
      const whole = request(JSON.stringify({ conversations: people('c') }));
      await cutAfter(whole.slice(0, whole.length / 2), 0);
      await sleep(200);
      expect(await rowCounts()).toEqual({ contacts: 0, addresses: 0, conversations: 0, sessions: 0 });
    });

    it.each([0, 15, 40])('%i ms after it was sent leaves all or nothing', async (ms) => {
      await cutAfter(request(JSON.stringify({ conversations: people('c') })), ms);
      const done = await until(async () => (await countRows('operations')) === 1, 5).catch(() => false);
      expect(await rowCounts()).toMatchObject(done ? { contacts: PEOPLE, conversations: PEOPLE } : { contacts: 0, conversations: 0 });
    });
  });

  it.each([5, 15, 30])('with a database that cuts the connection after %i ms leave all or nothing, and can be sent again', async (ms) => {
    const items = people('d');
    const running = desk.api.post<BulkResult>('/conversations/bulk', { conversations: items });
    await sleep(ms);
    await sql(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'llamador' AND state <> 'idle'`);
    const { status, headers } = await running;
    expect([200, 503]).toContain(status);
    expect(headers['retry-after']).toBe(status === 503 ? '1' : undefined);
    expect(await rowCounts()).toMatchObject(status === 200 ? { contacts: PEOPLE, conversations: PEOPLE } : { contacts: 0, conversations: 0 });
    expect((await bulkCreate(desk, items)).report.counts).toMatchObject(status === 200 ? { duplicates: PEOPLE } : { successful: PEOPLE });
    expect(await rowCounts()).toMatchObject({ contacts: PEOPLE, conversations: PEOPLE });
  });
});
