import { Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AccountsApi } from './accounts.api';
import { ApiKey } from './api-key.entity';
import { ApiKeyGuard } from './api-key.guard';
import { ApiKeysController } from './api-keys.controller';
import { ApiKeysService } from './api-keys.service';
import { SettingsController } from './settings.controller';
import { TenantSettings } from './tenant-settings';
import { Tenant } from './tenant.entity';
import { TenantsService } from './tenants.service';
import { User } from './user.entity';
import { UsersController } from './users.controller';
import { UsersService } from './users.service';

@Module({
  imports: [TypeOrmModule.forFeature([Tenant, User, ApiKey])],
  controllers: [UsersController, ApiKeysController, SettingsController],
  providers: [AccountsApi, TenantSettings, TenantsService, ApiKeysService, UsersService, { provide: APP_GUARD, useClass: ApiKeyGuard }],
  exports: [AccountsApi, TenantsService],
})
export class AccountsModule {}
