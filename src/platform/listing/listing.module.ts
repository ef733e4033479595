import { Global, Module } from '@nestjs/common';
import { Lists } from './lists';
import { PageTokens } from './page-token';

@Global()
@Module({ providers: [Lists, PageTokens], exports: [Lists] })
export class ListingModule {}
