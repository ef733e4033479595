import { Inject, Injectable } from '@nestjs/common';
import { TenantDb } from '../../platform/database/tenant-db';
import { Faults } from '../../platform/errors/faults';
import type { TenantContext } from '../../platform/tenancy/tenant-context';
import type { NormalAddress } from '../contacts';
import { AcceptMessage } from './accept-message';
import { Addressing } from './addressing';
import type { CreateTemplateMessageDto } from './dto/send-message.dto';
import { MESSAGE_PROVIDER, type MessageProvider } from './message-provider';
import type { MessageRow } from './messages.repository';

/** A message that WhatsApp has approved of beforehand: the only way to write first, or after 24 hours. */
@Injectable()
export class CreateTemplateMessage {
  constructor(
    private readonly db: TenantDb,
    private readonly addressing: Addressing,
    private readonly accept: AcceptMessage,
    @Inject(MESSAGE_PROVIDER) private readonly provider: MessageProvider,
  ) {}

  /** @throws ValidationFailed, SenderNotFound, UserNotFound, MessageNotFound */
  execute(ctx: TenantContext, body: CreateTemplateMessageDto): Promise<MessageRow> {
    return this.db.write(ctx, async (em) => {
      const faults = Faults.of(body);
      const connection = await this.addressing.connectionOf(em, ctx);
      const to = this.addressing.recipientOf(ctx, connection, body.toPhoneNumber, faults);
      const components = this.componentsOf(body, faults);
      faults.throwIfAny();
      const from = await this.addressing.senderOf(em, ctx, body.fromPhoneNumber);
      const { templateName: name, languageCode, customFields, userId = ctx.actor.userId } = body;
      return this.accept.execute(em, ctx, {
        connection,
        from,
        to: to as NormalAddress,
        type: 'template',
        content: name,
        work: { type: 'template', name, languageCode, components },
        metadata: { template: { name, languageCode, components } },
        userId,
        customFields,
        replyToId: body.replyToMessageId ?? undefined,
      });
    });
  }

  /** variables are the texts of the body; components say all there is. Not both. */
  private componentsOf({ variables, components }: CreateTemplateMessageDto, faults: Faults): unknown[] {
    if (variables && components) faults.add('components', 'INVALID_VALUE', 'stands beside variables: send one of them');
    if (components && !faults.at('components')) {
      for (const { path, message } of this.provider.faultsOfComponents(components)) faults.add(`components${path}`, 'INVALID_VALUE', message);
    }
    if (components || !variables || variables.length === 0 || faults.all.length > 0) return components ?? [];
    return [{ type: 'body', parameters: variables.map(({ value }) => ({ type: 'text', text: value })) }];
  }
}
