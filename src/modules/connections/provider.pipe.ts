import { Injectable, type PipeTransform } from '@nestjs/common';
import { PROVIDERS, type ProviderName } from './connection';
import { ProviderNotFound } from './connections.errors';

/** A provider in the path: `/connections/vapi`. */
@Injectable()
export class ProviderPipe implements PipeTransform<string, ProviderName> {
  transform(value: string): ProviderName {
    const provider = PROVIDERS.find((known) => known === value);
    if (!provider) throw new ProviderNotFound(value, PROVIDERS);
    return provider;
  }
}
