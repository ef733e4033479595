import { Body, Controller, Get, Param, Put, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Endpoint, PostEndpoint } from '../../platform/http/endpoint.decorator';
import { IdPipe } from '../../platform/http/id.pipe';
import { ListQueryDto } from '../../platform/listing/list-query.dto';
import { Ctx } from '../../platform/tenancy/ctx.decorator';
import type { TenantContext } from '../../platform/tenancy/tenant-context';
import { UserEmailTaken, UserNotFound } from './accounts.errors';
import { CreateUserDto, UpdateUserDto, UserDto, UserPageDto } from './dto/user.dto';
import { UsersService } from './users.service';

@ApiTags('users')
@Controller('users')
export class UsersController {
  constructor(private readonly users: UsersService) {}

  /** List users */
  @Get()
  @Endpoint({ id: 'GetUsers', scope: 'users:read' })
  list(@Ctx() ctx: TenantContext, @Query() query: ListQueryDto): Promise<UserPageDto> {
    return this.users.list(ctx, query);
  }

  /** Create a user */
  @PostEndpoint('', { id: 'CreateUser', scope: 'users:write', errors: [UserEmailTaken] })
  create(@Ctx() ctx: TenantContext, @Body() body: CreateUserDto): Promise<UserDto> {
    return this.users.create(ctx, body);
  }

  /** Get a user by id */
  @Get(':id')
  @Endpoint({ id: 'GetUser', scope: 'users:read', errors: [UserNotFound] })
  get(@Ctx() ctx: TenantContext, @Param('id', IdPipe) id: number): Promise<UserDto> {
    return this.users.get(ctx, id);
  }

  /** Update a user: only the fields given */
  @Put(':id')
  @Endpoint({ id: 'UpdateUser', scope: 'users:write', errors: [UserNotFound, UserEmailTaken] })
  update(@Ctx() ctx: TenantContext, @Param('id', IdPipe) id: number, @Body() body: UpdateUserDto): Promise<UserDto> {
    return this.users.update(ctx, id, body);
  }
}
