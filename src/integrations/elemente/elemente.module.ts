import { Module } from '@nestjs/common';
import { ElementeCalls } from './elemente-calls';

@Module({ providers: [ElementeCalls], exports: [ElementeCalls] })
export class ElementeModule {}
