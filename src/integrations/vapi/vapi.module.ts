import { Module } from '@nestjs/common';
import { CallsModule } from '../../modules/calls';
import { ConnectionsModule } from '../../modules/connections';
import { VapiCalls } from './vapi-calls';
import { VapiWebhook } from './vapi-webhook';
import { VapiWebhookController } from './vapi-webhook.controller';

@Module({
  imports: [CallsModule, ConnectionsModule],
  controllers: [VapiWebhookController],
  providers: [VapiCalls, VapiWebhook],
  exports: [VapiCalls],
})
export class VapiModule {}
