import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const ROOT = join(__dirname, '../..');

/** What eslint says of a file of src/ if this were its text. */
function complaintsOf(text: string): string[] {
  const args = [join(ROOT, 'node_modules/eslint/bin/eslint.js'), '--stdin', '--stdin-filename', 'src/app.module.ts', '--format', 'json'];
  const { stdout, stderr } = spawnSync(process.execPath, args, { cwd: ROOT, input: text, encoding: 'utf8' });
  if (!stdout) throw new Error(stderr);
  const [file] = JSON.parse(stdout) as { messages: { ruleId: string; severity: number }[] }[];
  return [...new Set(file?.messages.filter(({ severity }) => severity === 2).map(({ ruleId }) => ruleId))].sort();
}

describe('the lint rules', () => {
  it('each refuse what they are for', () => {
    const text = `
      import { forwardRef } from '@nestjs/common';
      export default forwardRef;
      export const untyped: any = 1;
      Promise.resolve(1);
      console.log('x' == untyped);
      ${'export {};\n'.repeat(400)}`;
    expect(complaintsOf(text)).toEqual([
      '@typescript-eslint/no-explicit-any',
      '@typescript-eslint/no-floating-promises',
      'eqeqeq',
      'max-lines',
      'no-console',
      'no-restricted-imports',
      'no-restricted-syntax',
    ]);
  });
});
