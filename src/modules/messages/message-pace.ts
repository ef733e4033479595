import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Statement } from '../../platform/database/statement';
import { MessageTimings } from './message-timings';
import type { MessagingConversationRow } from './messaging-conversations.repository';

// GCRA: one timestamp says until when the turns that were given out reach. A turn is given out in any case, maybe a later one:
// whoever waits is not asked to come again and again.
const TAKE_OF_PAIR = new Statement<{ ms: number }>(
  'messaging_conversation_take_turn',
  `UPDATE messaging_conversations SET paced_until = greatest(paced_until, now()) + $3::float8 * interval '1 ms' WHERE tenant_id = $1 AND id = $2
   RETURNING extract(epoch FROM paced_until - now())::float8 * 1000 - $3::float8 * $4::float8 AS ms`,
);

const TAKE_OF_NUMBER = new Statement<{ ms: number }>(
  'messaging_rate_take_turn',
  `INSERT INTO messaging_rates (tenant_id, our_number, paced_until) VALUES ($1, $2, now() + $3::float8 * interval '1 ms')
   ON CONFLICT (our_number, tenant_id) DO UPDATE SET paced_until = greatest(messaging_rates.paced_until, now()) + $3::float8 * interval '1 ms'
   RETURNING extract(epoch FROM paced_until - now())::float8 * 1000 - $3::float8 * $4::float8 AS ms`,
);

const BLOCK_NUMBER = new Statement(
  'messaging_rate_block',
  `INSERT INTO messaging_rates (tenant_id, our_number, paced_until) VALUES ($1, $2, now() + $3::float8 * interval '1 ms')
   ON CONFLICT (our_number, tenant_id) DO UPDATE SET paced_until = greatest(messaging_rates.paced_until, excluded.paced_until)`,
);

/** How fast WhatsApp wants messages: to one person, and from one number. Kept in PostgreSQL, for all processes together. */
@Injectable()
export class MessagePace {
  constructor(private readonly timings: MessageTimings) {}

  /** Takes the next turn of the pair and of the number. @returns in how many ms it comes; 0 is now */
  async take(em: EntityManager, { tenant_id: tenantId, id, our_number: number }: MessagingConversationRow): Promise<number> {
    const { pairMs, pairBurst, numberMs, numberBurst } = this.timings;
    const ofPair = await TAKE_OF_PAIR.row(em, [tenantId, id, pairMs, pairBurst]);
    const ofNumber = await TAKE_OF_NUMBER.row(em, [tenantId, number, numberMs, numberBurst]);
    return Math.max(0, ofPair?.ms ?? 0, ofNumber?.ms ?? 0);
  }

  /** No turn of this number comes before so long. */
  async block(em: EntityManager, tenantId: number, number: string, ms: number): Promise<void> {
    await BLOCK_NUMBER.rows(em, [tenantId, number, ms + this.timings.numberMs * (this.timings.numberBurst - 1)]);
  }
}
