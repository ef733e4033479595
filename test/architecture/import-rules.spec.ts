import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const ROOT = join(__dirname, '../..');
const CRUISE = join(ROOT, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs');

interface Violation {
  from: string;
  to: string;
  rule: { name: string };
}

/** What `npm run lint` finds in `cwd`; the tool is ESM, and so runs in a process of its own. */
function violationsIn(cwd: string): Violation[] {
  const { stdout, stderr } = spawnSync(process.execPath, [CRUISE, '--config', join(ROOT, '.dependency-cruiser.cjs'), '--output-type', 'json', 'src'], {
    cwd,
    encoding: 'utf8',
    maxBuffer: 1e8,
  });
  if (!stdout) throw new Error(stderr);
  return (JSON.parse(stdout) as { summary: { violations: Violation[] } }).summary.violations;
}

/** Each rule and a file that breaks it, and it alone: [rule, file, what it imports]. */
const VIOLATIONS: [rule: string, file: string, imported: string][] = [
  ['through-the-door', 'src/modules/contacts/a.ts', '../accounts/tenants.service'],
  ['through-the-door-from-outside', 'src/app.module.ts', './modules/contacts/contacts.service'],
  ['through-the-door-from-outside', 'src/integrations/vapi/client.ts', '../../modules/contacts/contacts.service'],
  ['only-leftwards-from-accounts', 'src/modules/accounts/a.ts', '../contacts'],
  ['only-leftwards-from-activity', 'src/modules/custom-fields/a.ts', '../operations'],
  ['only-leftwards-from-activity', 'src/modules/operations/a.ts', '../imports'],
  ['only-leftwards-from-contacts', 'src/modules/contacts/b.ts', '../conversations'],
  ['only-leftwards-from-conversations', 'src/modules/conversations/a.ts', '../imports'],
  ['only-leftwards-from-tasks', 'src/modules/calls/a.ts', '../tasks'],
  ['only-leftwards-from-imports', 'src/modules/imports/a.ts', '../webhooks'],
  ['every-module-has-a-place', 'src/modules/loyalty/a.ts', '../accounts'],
  ['no-module-knows-its-entrypoint', 'src/modules/imports/b.ts', '../../main'],
  ['no-module-knows-its-entrypoint', 'src/platform/c.ts', '../cli/progress'],
  ['entities-stay-home', 'src/modules/contacts/index.ts', './contact.entity'],
  ['only-integrations-know-providers', 'src/modules/calls/b.ts', 'twilio'],
  ['only-integrations-know-providers', 'src/platform/b.ts', '@vapi-ai/server-sdk'],
  ['platform-knows-no-business', 'src/platform/a.ts', '../modules/accounts'],
  ['sandbox-speaks-http', 'src/sandbox/a.ts', '../modules/accounts'],
  ['sandbox-speaks-http', 'src/sandbox/b.ts', '../integrations/twilio/client'],
  ['no-development-dependencies', 'src/platform/d.ts', 'fast-check'],
  ['no-tests', 'src/modules/accounts/b.ts', '../../../test/support/x'],
  ['no-circular', 'src/platform/e.ts', './f'],
];

/** What those import, and what is allowed: none of these may be named. */
const ALLOWED: Record<string, string[]> = {
  'src/main.ts': [],
  'src/cli/progress.ts': [],
  'src/modules/accounts/index.ts': ['./tenants.service'],
  'src/modules/accounts/tenants.service.ts': ['./tenant.entity', '../../platform/ok'],
  'src/modules/accounts/tenant.entity.ts': [],
  'src/modules/contacts/contact.entity.ts': [],
  'src/modules/contacts/contacts.service.ts': ['../accounts', '../custom-fields', './contact.entity'],
  'src/modules/custom-fields/index.ts': ['../accounts'],
  'src/modules/operations/index.ts': [],
  'src/modules/conversations/index.ts': ['../contacts', '../operations'],
  'src/modules/tasks/index.ts': ['../conversations'],
  'src/modules/imports/index.ts': ['../conversations', '../contacts', 'csv-parse/sync'],
  'src/modules/webhooks/index.ts': [],
  'src/integrations/twilio/client.ts': ['twilio', '../../modules/tasks'],
  'src/platform/ok.ts': ['pg'],
  'src/platform/f.ts': ['./e'],
  'src/cli/import.ts': ['../modules/imports', '../platform/ok'],
  'test/support/x.ts': [],
};

describe('the import rules', () => {
  let tree: string;

  beforeAll(() => {
    tree = mkdtempSync(join(tmpdir(), 'llamador-imports-'));
    const files = { ...ALLOWED };
    for (const [, file, imported] of VIOLATIONS) files[file] = [...(files[file] ?? []), imported];
    for (const [file, imports] of Object.entries(files)) {
      mkdirSync(dirname(join(tree, file)), { recursive: true });
      // Of types only, which is what slips through most easily.
      writeFileSync(join(tree, file), `${imports.map((name, at) => `import type { x as x${at} } from '${name}';`).join('\n')}\nexport type x = number;\n`);
    }
    symlinkSync(join(ROOT, 'node_modules'), join(tree, 'node_modules'));
    symlinkSync(join(ROOT, 'package.json'), join(tree, 'package.json'));
  });

  afterAll(() => rmSync(tree, { recursive: true, force: true }));

  it('each name the file that breaks it, and no rule names another', () => {
    const found = violationsIn(tree).map(({ rule, from }) => `${rule.name}: ${from}`);
    expect(found.sort()).toEqual(VIOLATIONS.map(([rule, file]) => `${rule}: ${file}`).sort());
  });

  it('are all tried here', () => {
    // eslint-disable-next-line @typescript-eslint/no-require-imports -- the tool reads CommonJS
    const { forbidden } = require('../../.dependency-cruiser.cjs') as { forbidden: { name: string; severity: string }[] };
    expect([...new Set(VIOLATIONS.map(([rule]) => rule))].sort()).toEqual(forbidden.map(({ name }) => name).sort());
    for (const { severity } of forbidden) expect(severity).toBe('error');
  });

  it('hold in src', () => {
    expect(violationsIn(ROOT).map(({ rule, from, to }) => `${rule.name}: ${from} → ${to}`)).toEqual([]);
  });
});
