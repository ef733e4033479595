import { Module } from '@nestjs/common';
import { CallsModule } from '../../modules/calls';
import { ConnectionsModule } from '../../modules/connections';
import { TwilioCalls } from './twilio-calls';
import { TwilioWebhook } from './twilio-webhook';
import { TwilioWebhookController } from './twilio-webhook.controller';

@Module({
  imports: [CallsModule, ConnectionsModule],
  controllers: [TwilioWebhookController],
  providers: [TwilioCalls, TwilioWebhook],
  exports: [TwilioCalls],
})
export class TwilioModule {}
