import { Module } from '@nestjs/common';
import { ConnectionsModule } from '../../modules/connections';
import { MessagesModule } from '../../modules/messages';
import { WhatsAppCloud } from './whatsapp-cloud';
import { WhatsAppWebhook } from './whatsapp-webhook';
import { WhatsAppWebhookController } from './whatsapp-webhook.controller';

@Module({
  imports: [ConnectionsModule, MessagesModule],
  controllers: [WhatsAppWebhookController],
  providers: [WhatsAppCloud, WhatsAppWebhook],
  exports: [WhatsAppCloud],
})
export class WhatsAppModule {}
