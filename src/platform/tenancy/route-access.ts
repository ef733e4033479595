import { SetMetadata } from '@nestjs/common';

export const PUBLIC_ROUTE = 'llamador:public';
export const ROUTE_SCOPE = 'llamador:scope';

/** Answers without a key. */
export const Public = () => SetMetadata(PUBLIC_ROUTE, true);

/** The scope that a key needs for this route; `admin` opens every route. */
export const Scope = (scope: string) => SetMetadata(ROUTE_SCOPE, scope);

const RESOURCES = ['contacts', 'conversations', 'custom-fields', 'funnels', 'users', 'operations', 'calls', 'recordings', 'voice-agents', 'phone-numbers', 'do-not-call', 'activity', 'messages', 'files', 'tasks', 'imports', 'automations'] as const;

/** Everything that a key can be allowed: one pair a resource, and `admin`. */
export const SCOPES: readonly string[] = ['admin', ...RESOURCES.flatMap((resource) => [`${resource}:read`, `${resource}:write`])];
