import { Global, Module } from '@nestjs/common';
import { Problems } from '../observability/problems';
import { Installation } from './installation';
import { Processes } from './processes';

@Global()
@Module({ providers: [Problems, Installation, Processes], exports: [Problems, Installation, Processes] })
export class InstallationModule {}
