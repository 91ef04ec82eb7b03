import { describe, expect, it } from '@jest/globals';
import { agentOf, userAgentText } from '../../web/src/user-agent.ts';

const WEBKIT = 'AppleWebKit/537.36 (KHTML, like Gecko)';
const WINDOWS = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64)';
const MAC = 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)';
const IPHONE = 'Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)';

const AGENTS: readonly (readonly [userAgent: string, program: string | null, system: string | null])[] = [
  ['Mozilla/5.0 (X11; Linux x86_64; rv:150.0) Gecko/20100101 Firefox/150.0', 'Firefox', 'Linux'],
  ['Mozilla/5.0 (Android 16; Mobile; rv:150.0) Gecko/150.0 Firefox/150.0', 'Firefox', 'Android'],
  [`${WINDOWS} ${WEBKIT} Chrome/150.0.0.0 Safari/537.36`, 'Chrome', 'Windows'],
  [`${WINDOWS} ${WEBKIT} Chrome/150.0.0.0 Safari/537.36 Edg/150.0.0.0`, 'Edge', 'Windows'],
  [`${MAC} ${WEBKIT} Chrome/150.0.0.0 Safari/537.36 OPR/130.0.0.0`, 'Opera', 'macOS'],
  [
    `Mozilla/5.0 (Linux; Android 16; K) ${WEBKIT} SamsungBrowser/30.0 Chrome/140.0.0.0 Mobile Safari/537.36`,
    'Samsung Internet',
    'Android',
  ],
  [`Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) ${WEBKIT} Chrome/150.0.0.0 Safari/537.36`, 'Chrome', 'ChromeOS'],
  [`${WINDOWS} ${WEBKIT} HeadlessChrome/150.0.0.0 Safari/537.36`, 'Chrome', 'Windows'],
  [`${MAC} AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.0 Safari/605.1.15`, 'Safari', 'macOS'],
  [`${IPHONE} Version/19.0 Mobile/15E148 Safari/604.1`, 'Safari', 'iPhone'],
  [`${IPHONE} CriOS/150.0.0.0 Mobile/15E148 Safari/604.1`, 'Chrome', 'iPhone'],
  [`${IPHONE} FxiOS/150.0 Mobile/15E148 Safari/605.1.15`, 'Firefox', 'iPhone'],
  ['curl/8.14.1', 'curl', null],
  ['node', 'node', null],
  ['python-requests/2.32.4', 'python-requests', null],
  ['Mozilla/5.0', null, null],
  ['', null, null],
];

describe('what a user agent says of itself', () => {
  it.each(AGENTS)('reads %j', (userAgent, program, system) => {
    expect(agentOf(userAgent)).toEqual({ program, system });
  });

  it('says it in either language', () => {
    const firefox = 'Mozilla/5.0 (X11; Linux x86_64; rv:150.0) Gecko/20100101 Firefox/150.0';
    expect(userAgentText(firefox, 'en')).toBe('Firefox on Linux');
    expect(userAgentText(firefox, 'de')).toBe('Firefox auf Linux');
    expect(userAgentText('curl/8.14.1', 'de')).toBe('curl');
    expect(userAgentText('Mozilla/5.0 (Windows NT 10.0)', 'en')).toBe('Windows');
    expect(userAgentText('', 'en')).toBeNull();
  });

  it('repeats nothing long, and no text that only looks like a name', () => {
    expect(agentOf(`${'x'.repeat(200)}/1`).program).toBeNull();
    expect(agentOf('<b>bold</b>').program).toBeNull();
  });
});
