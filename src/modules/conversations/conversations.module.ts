import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AccountsModule } from '../accounts';
import { ContactsModule } from '../contacts';
import { CustomFieldColumns, CustomFieldsModule } from '../custom-fields';
import { FilesModule } from '../files';
import { OperationsModule } from '../operations';
import { BulkConversations } from './bulk-conversations';
import { ChannelSessions } from './channel-sessions';
import { ChannelSession } from './channel-session.entity';
import { Conversation } from './conversation.entity';
import { ConversationsApi } from './conversations.api';
import { ConversationsController } from './conversations.controller';
import { ConversationsRepository } from './conversations.repository';
import { ConversationsService } from './conversations.service';
import { CreateConversations } from './create-conversations';
import { EraseConversations } from './erase-conversations';
import { ExportConversations } from './export-conversations';
import { FunnelStatus } from './funnel-status.entity';
import { Funnel } from './funnel.entity';
import { FunnelsController } from './funnels.controller';
import { FunnelsService } from './funnels.service';
import { UpdateConversations } from './update-conversations';

@Module({
  imports: [TypeOrmModule.forFeature([Conversation, ChannelSession, Funnel, FunnelStatus]), AccountsModule, ContactsModule, CustomFieldsModule, FilesModule, OperationsModule],
  controllers: [FunnelsController, ConversationsController],
  providers: [ChannelSessions, ConversationsApi, FunnelsService, ConversationsRepository, ConversationsService, CreateConversations, UpdateConversations, BulkConversations, EraseConversations, ExportConversations],
  exports: [ChannelSessions, ConversationsApi, CreateConversations, FunnelsService],
})
export class ConversationsModule {
  constructor(customFieldColumns: CustomFieldColumns) {
    customFieldColumns.register('FUNNEL_CONVERSATION', { table: 'conversations', touch: 'updated_at = now()' });
  }
}
