import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { ConnectionReader } from './connection-reader';
import { ConnectionsApi } from './connections.api';
import { ConnectionsController } from './connections.controller';
import { ConnectionsRepository } from './connections.repository';
import { ConnectionsService } from './connections.service';
import { InboundWebhooks } from './inbound-webhooks';
import { PhoneNumber } from './phone-number.entity';
import { PhoneNumbersApi } from './phone-numbers.api';
import { PhoneNumbersController } from './phone-numbers.controller';
import { PhoneNumbersService } from './phone-numbers.service';

@Module({
  imports: [TypeOrmModule.forFeature([PhoneNumber])],
  controllers: [ConnectionsController, PhoneNumbersController],
  providers: [ConnectionsApi, ConnectionsService, ConnectionsRepository, ConnectionReader, InboundWebhooks, PhoneNumbersApi, PhoneNumbersService],
  exports: [ConnectionsApi, InboundWebhooks, PhoneNumbersApi],
})
export class ConnectionsModule {}
