import { Module } from '@nestjs/common';
import { AccountsModule } from '../accounts';
import { CallsModule } from '../calls';
import { ContactsModule } from '../contacts';
import { ConversationsModule } from '../conversations';
import { MessagesModule } from '../messages';
import { TasksModule } from '../tasks';
import { AutomationsController } from './automations.controller';
import { AutomationsRepository } from './automations.repository';
import { AutomationsService } from './automations.service';
import { OpenFollowUps } from './open-follow-ups';

@Module({
  imports: [AccountsModule, CallsModule, ContactsModule, ConversationsModule, MessagesModule, TasksModule],
  controllers: [AutomationsController],
  providers: [AutomationsRepository, AutomationsService, OpenFollowUps],
})
export class AutomationsModule {}
