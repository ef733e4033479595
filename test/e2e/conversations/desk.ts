import type { ConversationDto } from '../../../src/modules/conversations/dto/conversation.dto';
import type { FunnelDto } from '../../../src/modules/conversations/dto/funnel.dto';
import type { BulkReport, ItemReport } from '../../../src/modules/operations/bulk-report';
import type { BulkResult } from '../../../src/modules/operations/operations.service';
import { type TestTenant, aTenant } from '../../factories/tenants';
import { ok } from '../../support/answers';
import type { ApiClient } from '../../support/api-client';
import { countRows, sql } from '../../support/database';
import { type TestApp, useTestApp } from '../../support/test-app';

export interface Desk extends TestTenant {
  funnel: FunnelDto;
  /** The funnel's statuses, in order. */
  statusIds: number[];
}

export const aFunnel = (api: ApiClient, name = 'Sales', statuses = ['New', 'Won', 'Lost']): Promise<FunnelDto> =>
  ok(api.post<FunnelDto>('/funnels', { name, statuses: statuses.map((status) => ({ name: status })) }));

/** A tenant with a funnel of three statuses: where conversations take place. */
export async function aDesk(app: TestApp): Promise<Desk> {
  const tenant = await aTenant(app);
  const funnel = await aFunnel(tenant.api);
  return { ...tenant, funnel, statusIds: funnel.statuses.map(({ id }) => id) };
}

/** An app for all tests of a file, and a fresh desk for each. */
export function useDesk(): { readonly app: TestApp; readonly desk: Desk } {
  const running = useTestApp();
  let desk: Desk | undefined;
  beforeEach(async () => {
    desk = await aDesk(running.app);
  });
  return {
    get app() {
      return running.app;
    },
    get desk() {
      if (!desk) throw new Error('The desk is there from beforeEach on.');
      return desk;
    },
  };
}

export const aConversation = (desk: Desk, overrides: Record<string, unknown> = {}): Promise<ConversationDto> =>
  ok(desk.api.post<ConversationDto>('/conversations', { funnelId: desk.funnel.id, ...(!('contactId' in overrides) && { contact: { firstName: 'Ana' } }), ...overrides }));

export async function bulkCreate(desk: Desk, conversations: unknown[], options: Record<string, unknown> = {}): Promise<BulkResult> {
  return checked(await ok(desk.api.post<BulkResult>('/conversations/bulk', { conversations, ...options })), conversations.length);
}

export async function bulkUpdate(desk: Desk, conversations: unknown[], options: Record<string, unknown> = {}): Promise<BulkResult> {
  return checked(await ok(desk.api.put<BulkResult>('/conversations/bulk', { conversations, ...options })), conversations.length);
}

/** What holds for every report, whatever was sent. */
function checked(result: BulkResult, sent: number): BulkResult {
  const { counts, itemsIssues, batchErrors } = result.report;
  expect(batchErrors).toEqual([]);
  expect(counts.total).toBe(sent);
  expect(counts.successful + counts.duplicates + counts.errors).toBe(sent);
  expect(counts.errors).toBe(itemsIssues.filter(({ errors }) => errors.length > 0).length);
  expect(counts.warnings).toBe(itemsIssues.filter(({ warnings }) => warnings.length > 0).length);
  expect(itemsIssues.map(({ index }) => index)).toEqual([...new Set(itemsIssues.map(({ index }) => index))].sort((one, other) => one - other));
  for (const { errors, warnings, existingEntities } of itemsIssues) expect(errors.length + warnings.length > 0 || existingEntities).toBeTruthy();
  return result;
}

export function itemOf({ itemsIssues }: BulkReport, index: number): ItemReport {
  const found = itemsIssues.find((item) => item.index === index);
  if (!found) throw new Error(`the report says nothing of item ${index}: ${JSON.stringify(itemsIssues)}`);
  return found;
}

/** `'contact.phones[0] INVALID_PHONE'`; warnings have a `~` before them. */
export const sayings = ({ errors, warnings }: ItemReport): string[] => [
  ...errors.map(({ field, code }) => `${field} ${code}`.trim()),
  ...warnings.map(({ field, code }) => `~${field} ${code}`),
];

/** index → what the report says of it. */
export const allSayings = ({ itemsIssues }: BulkReport): Record<number, string[]> => Object.fromEntries(itemsIssues.map((item) => [item.index, sayings(item)]));

const TABLES = ['contacts', 'contact_addresses', 'conversations', 'channel_sessions', 'operations', 'contact_counts'];

/** Everything there is in the tables that bulk work writes, to see that nothing has changed. */
export async function everything(): Promise<Record<string, unknown>> {
  const rows: Record<string, unknown> = {};
  for (const table of TABLES) rows[table] = await sql(`SELECT md5(coalesce(string_agg(t::text, E'\\n' ORDER BY t::text), '')) AS sum, count(*)::int AS rows FROM ${table} t`);
  return rows;
}

export const rowCounts = async () => ({
  contacts: await countRows('contacts'),
  addresses: await countRows('contact_addresses'),
  conversations: await countRows('conversations'),
  sessions: await countRows('channel_sessions'),
});
