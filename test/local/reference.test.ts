import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { referenceResponse } from '../../local/reference.ts';

async function at(path: string): Promise<Response> {
  const response = await referenceResponse(path);
  if (response === null) throw new Error(`nothing at ${path}`);
  return response;
}

/** What a policy allows, by directive. */
function policyOf(response: Response): Record<string, string> {
  const directives = (response.headers.get('content-security-policy') ?? '').split('; ');
  return Object.fromEntries(
    directives.map((one): [string, string] => {
      const [name = '', ...sources] = one.split(' ');
      return [name, sources.join(' ')];
    }),
  );
}

describe('the rendered reference', () => {
  it.each(['/docs', '/docs/'])('stands at %s, with all that its page asks for', async (path) => {
    const response = await at(path);
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
    const page = await response.text();
    const scripts = Array.from(page.matchAll(/ src="([^"]*)"/g), ([, src = '']) => src);
    expect(scripts).toEqual(['/docs/redoc.js', '/docs/start.js']);
    for (const script of scripts) expect((await at(script)).headers.get('content-type')).toMatch(/^text\/javascript/);
  });

  it('runs no script but its own files, and fetches nothing from elsewhere', async () => {
    const response = await at('/docs');
    expect(policyOf(response)).toMatchObject({
      'default-src': "'none'",
      'script-src': "'self'",
      'worker-src': 'blob:',
      'connect-src': "'self'",
      'frame-ancestors': "'none'",
    });
    const page = await response.text();
    expect(page.match(/<script[^>]*>/g)?.every((tag) => tag.includes(' src="/docs/'))).toBe(true);
    expect(page).not.toMatch(/https?:|\son\w+=/);
  });

  it('draws the document that the service beside it serves', async () => {
    expect(await (await at('/docs/start.js')).text()).toContain("'/v1/openapi.json'");
  });

  it('is Redoc as it is installed, without the logo that it would fetch', async () => {
    const installed = readFileSync('node_modules/redoc/bundles/redoc.standalone.js', 'utf8');
    const served = await (await at('/docs/redoc.js')).text();
    const logo = /https:\/\/cdn\.redoc\.ly\/[\w./-]*/g;
    expect(installed.match(logo)).toHaveLength(1);
    expect(served.split("data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg'/%3E")).toEqual(
      installed.split(logo),
    );
  });

  it.each(['/', '/doc', '/docs/other', '/docs/start.js/', '/docs/../docs', '__proto__', 'constructor', ''])(
    'leaves %p to others',
    async (path) => {
      expect(await referenceResponse(path)).toBeNull();
    },
  );
});
