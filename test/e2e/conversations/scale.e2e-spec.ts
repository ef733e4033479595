import { existsSync, readFileSync } from 'node:fs';
import type { BulkResult } from '../../../src/modules/operations/operations.service';
import { aPhone } from '../../factories/contacts';
import { sql, statementsOf } from '../../support/database';
import { end, startServer } from '../import/programs';
import { type Desk, bulkCreate, bulkUpdate, useDesk } from './desk';

jest.setTimeout(60_000);

describe('bulk requests of any size', () => {
  const running = useDesk();
  let desk: Desk;
  beforeEach(() => {
    desk = running.desk;
  });

  /** Of every kind: new people, people with a nationalId, twins of an earlier item, items that fail. */
  const items = (count: number, seed: string) =>
    Array.from({ length: count }, (_, at) => ({
      funnelId: at % 10 === 9 ? 999_999_999 : desk.funnel.id,
      customFields: { vehicle: 'Kia Rio 2023', row: at },
      contact: {
        firstName: 'Ana',
        lastName: `Pérez ${at}`,
        phones: [aPhone()],
        emails: [`${seed}${at - (at % 5 === 4 ? 1 : 0)}@example.com`],
        ...(at % 3 === 0 && { nationalId: `${seed}-${at}` }),
      },
    }));

  it('cost the same number of statements', async () => {
    const created: number[] = [];
    const updated: number[] = [];
    for (const count of [10, 1000, 10_000]) {
      const batch = items(count, `s${count}-`);
      created.push(await costOf(() => bulkCreate(desk, batch)));
      const ids = (await sql<{ id: number }>('SELECT id FROM conversations ORDER BY id DESC LIMIT $1', [count])).map(({ id }) => id);
      const changes = ids.map((id, at) => ({
        id,
        funnelStatusId: desk.statusIds[at % 3],
        contact: { companyPosition: 'CEO', emails: [`u${count}-${at}@example.com`] },
        customFields: { vehicle: at % 2 ? 'VW' : null },
      }));
      updated.push(await costOf(() => bulkUpdate(desk, changes)));
    }
    expect(created).toEqual([created[0], created[0], created[0]]);
    expect(updated).toEqual([updated[0], updated[0], updated[0]]);
    expect(Math.max(...created, ...updated)).toBeLessThan(20);
  });

  // Where /proc tells it; a process of its own, since this one holds the tests as well.
  const onLinux = existsSync('/proc/self/status') ? it : it.skip;
  onLinux('of 10,000 items leave the server below 400 MB', async () => {
    const { url, child } = await startServer();
    try {
      for (const seed of ['a', 'b']) {
        const body = JSON.stringify({ conversations: items(10_000, seed) });
        const answer = await fetch(`${url}/api/v1/conversations/bulk`, {
          method: 'POST',
          headers: { authorization: `Bearer ${desk.key}`, 'content-type': 'application/json' },
          body,
        });
        const { report } = (await answer.json()) as BulkResult;
        expect(report.counts).toMatchObject({ total: 10_000, errors: 1000 });
      }
      expect(peakMegabytes(child.pid ?? 0)).toBeLessThan(400);
    } finally {
      end(child);
    }
  });
});

/** What happens beside requests, now and then, or once and is then remembered. */
const BESIDE = /gin_clean_pending_list|custom_field_definitions|api_?keys/i;

const costOf = async (work: () => Promise<unknown>): Promise<number> => (await statementsOf(work)).filter((statement) => !BESIDE.test(statement)).length;

const peakMegabytes = (pid: number): number => Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;
