import { Module } from '@nestjs/common';
import { ContactsModule } from '../contacts';
import { ConversationsModule } from '../conversations';
import { ImportConversations } from './import-conversations';

@Module({
  imports: [ContactsModule, ConversationsModule],
  providers: [ImportConversations],
  exports: [ImportConversations],
})
export class ImportsModule {}
