import { Inject, Injectable } from '@nestjs/common';
import { CALL_PROVIDER_ADAPTERS, type CallProvider } from './call-provider';

/** The adapters that app.module.ts has bound, by name. */
@Injectable()
export class CallProviders {
  constructor(@Inject(CALL_PROVIDER_ADAPTERS) readonly all: readonly CallProvider[]) {}

  of(name: string): CallProvider {
    const found = this.all.find((provider) => provider.name === name);
    if (!found) throw new Error(`no adapter is bound for calls by ${name}`);
    return found;
  }
}
