import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AccountsModule } from '../accounts';
import { ContactsModule } from '../contacts';
import { CustomFieldColumns, CustomFieldsModule } from '../custom-fields';
import { OperationsModule } from '../operations';
import { BulkConversations } from './bulk-conversations';
import { ChannelSession } from './channel-session.entity';
import { Conversation } from './conversation.entity';
import { ConversationsController } from './conversations.controller';
import { ConversationsRepository } from './conversations.repository';
import { ConversationsService } from './conversations.service';
import { CreateConversations } from './create-conversations';
import { FunnelStatus } from './funnel-status.entity';
import { Funnel } from './funnel.entity';
import { FunnelsController } from './funnels.controller';
import { FunnelsService } from './funnels.service';
import { UpdateConversations } from './update-conversations';

@Module({
  imports: [TypeOrmModule.forFeature([Conversation, ChannelSession, Funnel, FunnelStatus]), AccountsModule, ContactsModule, CustomFieldsModule, OperationsModule],
  controllers: [FunnelsController, ConversationsController],
  providers: [FunnelsService, ConversationsRepository, ConversationsService, CreateConversations, UpdateConversations, BulkConversations],
  exports: [CreateConversations, FunnelsService],
})
export class ConversationsModule {
  constructor(customFieldColumns: CustomFieldColumns) {
    customFieldColumns.register('FUNNEL_CONVERSATION', { table: 'conversations', touch: 'updated_at = now()' });
  }
}
