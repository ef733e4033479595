import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { ConversationsModule } from '../conversations';
import { EraseTasks } from './erase-tasks';
import { Task } from './task.entity';
import { TasksApi } from './tasks.api';
import { TasksController } from './tasks.controller';
import { TasksService } from './tasks.service';

@Module({
  imports: [TypeOrmModule.forFeature([Task]), ConversationsModule],
  controllers: [TasksController],
  providers: [TasksService, TasksApi, EraseTasks],
  exports: [TasksApi],
})
export class TasksModule {}
