import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Statement } from '../../platform/database/statement';
import type { NormalAddress } from '../contacts';

/** One of our numbers and one person, as a statement gives it. */
export interface MessagingConversationRow {
  id: number;
  tenant_id: number;
  our_number: string;
  address: string;
  identity: string;
  wa_id: string | null;
  contact_id: number | null;
  last_inbound_at: string | null;
  marketing_opt_out_at: string | null;
  leased_until: string | null;
  /** Which lease that is: grows with each. */
  lease: number;
  paced_until: string | null;
  created_at: string;
  updated_at: string;
}

const OPEN = new Statement<MessagingConversationRow>(
  'messaging_conversation_open',
  `INSERT INTO messaging_conversations (tenant_id, our_number, address, identity, contact_id) VALUES ($1, $2, $3, $4, $5)
   ON CONFLICT (identity, our_number, tenant_id) DO UPDATE SET contact_id = coalesce(excluded.contact_id, messaging_conversations.contact_id), updated_at = now()
   RETURNING *`,
);

const GET = new Statement<MessagingConversationRow>('messaging_conversation_get', 'SELECT * FROM messaging_conversations WHERE tenant_id = $1 AND id = $2');

// The transaction may have begun long before: not now().
const LEASE = new Statement<MessagingConversationRow>(
  'messaging_conversation_lease',
  `UPDATE messaging_conversations SET leased_until = clock_timestamp() + $3 * interval '1 ms', lease = lease + 1
   WHERE tenant_id = $1 AND id = $2 AND (leased_until IS NULL OR leased_until <= clock_timestamp()) RETURNING *`,
);

const HOLD = new Statement<{ id: number }>(
  'messaging_conversation_hold',
  `UPDATE messaging_conversations SET leased_until = clock_timestamp() + $4 * interval '1 ms' WHERE tenant_id = $1 AND id = $2 AND lease = $3 AND leased_until IS NOT NULL RETURNING id`,
);

const RELEASE = new Statement(
  'messaging_conversation_release',
  `UPDATE messaging_conversations SET leased_until = CASE WHEN lease <> $3 THEN leased_until END, wa_id = coalesce($4, wa_id) WHERE tenant_id = $1 AND id = $2`,
);

const HEARD = new Statement(
  'messaging_conversation_heard',
  `UPDATE messaging_conversations SET last_inbound_at = greatest(last_inbound_at, $3), wa_id = coalesce($4, wa_id), updated_at = now() WHERE tenant_id = $1 AND id = $2`,
);

const MARKETING = new Statement('messaging_conversation_marketing', 'UPDATE messaging_conversations SET marketing_opt_out_at = $3, updated_at = now() WHERE tenant_id = $1 AND id = $2');

/** Who writes with whom. */
@Injectable()
export class MessagingConversationsRepository {
  /** Finds or makes it, and locks it for the rest of the transaction: its messages are accepted, and settled, one after the other. */
  async open(em: EntityManager, tenantId: number, ourNumber: string, { address, identity }: NormalAddress, contactId: number | null): Promise<MessagingConversationRow> {
    return (await OPEN.row(em, [tenantId, ourNumber, address, identity, contactId])) as MessagingConversationRow;
  }

  get(em: EntityManager, tenantId: number, id: number): Promise<MessagingConversationRow | undefined> {
    return GET.row(em, [tenantId, id]);
  }

  /** For whoever sends its next message. @returns undefined where somebody else does */
  lease(em: EntityManager, tenantId: number, id: number, ms: number): Promise<MessagingConversationRow | undefined> {
    return LEASE.row(em, [tenantId, id, ms]);
  }

  /** Of whoever leased it: it takes longer. @returns false where somebody else has leased it since */
  async hold(em: EntityManager, { tenant_id, id, lease }: MessagingConversationRow, ms: number): Promise<boolean> {
    return (await HOLD.row(em, [tenant_id, id, lease, ms])) !== undefined;
  }

  /** Of whoever leased it; where somebody else has since, it stays theirs. @param waId how the provider calls the person, where it said so */
  async release(em: EntityManager, { tenant_id, id, lease }: MessagingConversationRow, waId: string | null = null): Promise<void> {
    await RELEASE.rows(em, [tenant_id, id, lease, waId]);
  }

  /** The person has written. */
  async heard(em: EntityManager, { tenant_id, id }: MessagingConversationRow, at: Date, waId: string | null): Promise<void> {
    await HEARD.rows(em, [tenant_id, id, at, waId]);
  }

  /** @param optedOutAt null where marketing is welcome again */
  async setMarketing(em: EntityManager, tenantId: number, id: number, optedOutAt: Date | null): Promise<void> {
    await MARKETING.rows(em, [tenantId, id, optedOutAt]);
  }
}
