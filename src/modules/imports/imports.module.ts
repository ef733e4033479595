import { Module } from '@nestjs/common';
import { AccountsModule } from '../accounts';
import { ContactsModule } from '../contacts';
import { ConversationsModule } from '../conversations';
import { EraseFailedRows } from './erase-failed-rows';
import { ImportFile } from './import-file';
import { ImportKinds } from './import-kinds';
import { ImportWatch } from './import-watch';
import { ImportsController } from './imports.controller';
import { ImportsRepository } from './imports.repository';
import { ImportsService } from './imports.service';
import { LoadRows } from './load-rows';
import { RunImport } from './run-import';

@Module({
  imports: [AccountsModule, ContactsModule, ConversationsModule],
  controllers: [ImportsController],
  providers: [ImportsService, ImportsRepository, ImportKinds, LoadRows, RunImport, ImportWatch, ImportFile, EraseFailedRows],
  exports: [ImportFile],
})
export class ImportsModule {}
