import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Statement } from '../../platform/database/statement';

const LATEST_OPEN = new Statement<{ id: number }>(
  'conversation_latest_open',
  'SELECT id FROM conversations WHERE tenant_id = $1 AND contact_id = $2 AND archived_at IS NULL ORDER BY created_at DESC, id DESC LIMIT 1',
);

/** What other modules may ask of conversations. */
@Injectable()
export class ConversationsApi {
  /** The conversation with somebody that is most likely meant; undefined where there is none. */
  async latestOpen(em: EntityManager, tenantId: number, contactId: number): Promise<number | undefined> {
    return (await LATEST_OPEN.row(em, [tenantId, contactId]))?.id;
  }
}
