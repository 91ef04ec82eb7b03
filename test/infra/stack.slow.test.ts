import { describeApi } from './api.ts';
import { describeControls } from './controls.ts';
import { describeDashboard } from './dashboard.ts';
import { describeFront } from './front.ts';
import { describeFunctions } from './functions.ts';
import { describeMonitoring } from './monitoring.ts';
import { describeStorage } from './storage.ts';
import { Synthesized } from './synth.ts';
import { describeWebApp } from './web-app.ts';

const DOMAIN = { name: 'vault.example.com', hostedZoneId: 'Z0123456789EXAMPLE', zoneName: 'example.com' };
const CERTIFICATE = '111122223333:certificate/0a1b2c3d';
const EDGE_DOMAIN = { ...DOMAIN, certificateArn: `arn:aws:acm:us-east-1:${CERTIFICATE}` };

// In one file, since to load the CDK and to synthesize take seconds.
const stacks = {
  standard: new Synthesized({ removalPolicy: 'retain', waf: true }),
  varied: new Synthesized({
    allowedOrigins: ['https://a.example.com', 'https://b.example.com'],
    wrapKeys: 3,
    retiredWrapKeys: 1,
    macKeys: 2,
    removalPolicy: 'destroy',
    waf: false,
    domain: { ...DOMAIN, certificateArn: `arn:aws:acm:eu-central-1:${CERTIFICATE}` },
    apiLogRole: false,
    reservedConcurrency: 7,
    pdf: { brand: 'Example Vault', paper: 'Letter', language: 'de', logo: 'brand/logo.PNG' },
  }),
  edge: new Synthesized({ waf: true, edge: true, domain: EDGE_DOMAIN }),
  web: new Synthesized({ waf: true, edge: true, domain: EDGE_DOMAIN, webApp: true }),
};

describeStorage(stacks);
describeFunctions(stacks);
describeApi(stacks);
describeFront(stacks);
describeWebApp(stacks);
describeMonitoring(stacks);
describeDashboard(stacks);
describeControls(stacks);
