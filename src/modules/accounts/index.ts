/** Tenants, their API keys and their users. */
export { AccountsModule } from './accounts.module';
export { AccountsApi } from './accounts.api';
export { UserNotFound } from './accounts.errors';
export { type NewTenant, TenantsService } from './tenants.service';
