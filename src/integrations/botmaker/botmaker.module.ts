import { Module } from '@nestjs/common';
import { AccountsModule } from '../../modules/accounts';
import { ConnectionsModule } from '../../modules/connections';
import { ContactsModule } from '../../modules/contacts';
import { BotmakerWebhook } from './botmaker-webhook';
import { BotmakerWebhookController } from './botmaker-webhook.controller';

@Module({ imports: [AccountsModule, ConnectionsModule, ContactsModule], controllers: [BotmakerWebhookController], providers: [BotmakerWebhook] })
export class BotmakerModule {}
