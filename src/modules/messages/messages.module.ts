import { Module } from '@nestjs/common';
import { AccountsModule } from '../accounts';
import { ActivityModule } from '../activity';
import { ConnectionsModule } from '../connections';
import { ContactsModule } from '../contacts';
import { ConversationsModule } from '../conversations';
import { FilesModule } from '../files';
import { AcceptMessage } from './accept-message';
import { Addressing } from './addressing';
import { CreateMessage } from './create-message';
import { CreateTemplateMessage } from './create-template-message';
import { EraseMessages } from './erase-messages';
import { FetchMedia } from './fetch-media';
import { MediaUploads } from './media-uploads';
import { MessagePace } from './message-pace';
import { MessageQueue } from './message-queue';
import { MessageReports } from './message-reports';
import { MessageTimings } from './message-timings';
import { MessagesApi } from './messages.api';
import { MessagesController } from './messages.controller';
import { MessagesRepository } from './messages.repository';
import { MessagesService } from './messages.service';
import { MessagingConversationsRepository } from './messaging-conversations.repository';
import { MessagingConversationsService } from './messaging-conversations.service';
import { ReceiveMessage } from './receive-message';
import { SendMessage } from './send-message';
import { UploadMedia } from './upload-media';

const SENDING = [Addressing, AcceptMessage, CreateMessage, CreateTemplateMessage, UploadMedia, MediaUploads, MessageQueue, MessagePace, MessageTimings, SendMessage];
const RECEIVING = [MessageReports, ReceiveMessage, FetchMedia];

@Module({
  imports: [AccountsModule, ActivityModule, ConnectionsModule, ContactsModule, ConversationsModule, FilesModule],
  controllers: [MessagesController],
  providers: [MessagesApi, MessagesRepository, MessagesService, MessagingConversationsRepository, MessagingConversationsService, EraseMessages, ...SENDING, ...RECEIVING],
  exports: [MessageReports, MessagesApi],
})
export class MessagesModule {}
