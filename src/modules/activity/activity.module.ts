import { Module } from '@nestjs/common';
import { ActivityApi } from './activity.api';

/** Has no routes of its own: what is asked for is the log of something, and that something's module has them. */
@Module({ providers: [ActivityApi], exports: [ActivityApi] })
export class ActivityModule {}
