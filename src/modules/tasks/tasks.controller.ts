import { Body, Controller, Delete, Get, Param, Put, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { InvalidPageToken } from '../../platform/errors/platform.errors';
import { Endpoint, PostEndpoint } from '../../platform/http/endpoint.decorator';
import { Ctx } from '../../platform/tenancy/ctx.decorator';
import type { TenantContext } from '../../platform/tenancy/tenant-context';
import { ConversationNotFound } from '../conversations';
import { CreateTaskDto, ListTasksQueryDto, TaskDto, TaskPageDto, UpdateTaskDto } from './dto/task.dto';
import { TaskNotFound } from './tasks.errors';
import { TasksService } from './tasks.service';

@ApiTags('tasks')
@Controller('tasks')
export class TasksController {
  constructor(private readonly tasks: TasksService) {}

  /** List tasks: those due first come first, those without a due date last */
  @Get()
  @Endpoint({ id: 'GetTasks', scope: 'tasks:read', errors: [InvalidPageToken] })
  list(@Ctx() ctx: TenantContext, @Query() query: ListTasksQueryDto): Promise<TaskPageDto> {
    return this.tasks.list(ctx, query);
  }

  /** Create a task */
  @PostEndpoint('', { id: 'CreateTask', scope: 'tasks:write', errors: [ConversationNotFound] })
  create(@Ctx() ctx: TenantContext, @Body() body: CreateTaskDto): Promise<TaskDto> {
    return this.tasks.create(ctx, body);
  }

  /** Get a task by id */
  @Get(':taskId')
  @Endpoint({ id: 'GetTask', scope: 'tasks:read', errors: [TaskNotFound] })
  get(@Ctx() ctx: TenantContext, @Param('taskId') id: string): Promise<TaskDto> {
    return this.tasks.get(ctx, id);
  }

  /** Update a task: only the fields given */
  @Put(':taskId')
  @Endpoint({ id: 'UpdateTask', scope: 'tasks:write', errors: [TaskNotFound, ConversationNotFound] })
  update(@Ctx() ctx: TenantContext, @Param('taskId') id: string, @Body() body: UpdateTaskDto): Promise<TaskDto> {
    return this.tasks.update(ctx, id, body);
  }

  /** Delete a task permanently; answers with it as it was */
  @Delete(':taskId')
  @Endpoint({ id: 'DeleteTask', scope: 'tasks:write', errors: [TaskNotFound] })
  delete(@Ctx() ctx: TenantContext, @Param('taskId') id: string): Promise<TaskDto> {
    return this.tasks.delete(ctx, id);
  }
}
